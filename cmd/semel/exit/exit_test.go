package exit

// Goal: an error ends the program with its code, whoever wrapped it, and one without is usage. Method: a table of errors.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestErrorsWithoutACodeAreUsageAndNameTheHelp(t *testing.T) {
	var said bytes.Buffer
	require.Equal(t, 0, Report(&said, nil, nil))
	require.Equal(t, Usage, Report(&said, &cobra.Command{Use: "semel"}, errors.New("no")))
	require.Equal(t, "semel: no\nsee `semel --help`\n", said.String())
	said.Reset()
	require.Equal(t, Duplicate, Report(&said, nil, With(Duplicate, nil)))
	require.Empty(t, said.String())
	require.Equal(t, Disk, Report(&said, nil, fmt.Errorf("x: %w", With(Disk, io.EOF))))
	require.Equal(t, "semel: EOF\n", said.String())
}

func TestTheCodeOfAnError(t *testing.T) {
	require.Equal(t, 0, Code(nil))
	require.Equal(t, Usage, Code(io.EOF))
	require.Equal(t, Mismatch, Code(fmt.Errorf("x: %w", With(Mismatch, nil))))
	require.ErrorIs(t, With(Disk, io.EOF), io.EOF)
}
