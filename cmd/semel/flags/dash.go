package flags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Unknown adds to an error of flags how a key is given that looks like one. It is a cobra.Command's FlagErrorFunc.
func Unknown(command *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || !strings.Contains(command.Use, "KEY") {
		return err
	}
	behind := "-- -KEY"
	if strings.Contains(command.Use, " -- ") {
		behind = "-- -KEY -- COMMAND"
	}
	return fmt.Errorf("%w. A key that begins with - goes behind --, where no word is a flag: %s [flags] %s", err, command.CommandPath(), behind)
}
