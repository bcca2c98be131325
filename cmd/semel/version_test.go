package main

// Goal: a program says what it was built from. Method: the line of a known build, and the binary.

import (
	"encoding/json"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestABuildIsALine(t *testing.T) {
	b := buildInfo{Version: "v1.2.3", Revision: "0123456789abcdef", Modified: true, Go: "go1", Platform: "linux/arm64"}
	require.Equal(t, "semel v1.2.3 revision 0123456789ab with changes go1 linux/arm64", b.String())
	require.Equal(t, "semel unknown go1 linux/arm64", buildInfo{Version: "unknown", Go: "go1", Platform: "linux/arm64"}.String())
}

func TestTheBinaryKnowsItsBuild(t *testing.T) {
	var b buildInfo
	require.NoError(t, json.Unmarshal([]byte(semeltest.Run(t, "", "version", "--json").Out), &b))
	require.Equal(t, runtime.Version(), b.Go)
	require.Equal(t, b.String()+"\n", semeltest.Run(t, "", "version").Out)
	require.Equal(t, b.String()+"\n", semeltest.Run(t, "", "--version").Out)
}
