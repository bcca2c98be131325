package flags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Wrong says of a flag that can't be taken what is wanted instead. It is a cobra.Command's FlagErrorFunc.
func Wrong(command *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("--%s is %q: %w", invalid.GetFlag().Name, invalid.GetValue(), Wanted(invalid.GetFlag(), invalid.Unwrap()))
	}
	if _, unknown := errors.AsType[*pflag.NotExistError](err); !unknown || !strings.Contains(command.Use, "KEY") {
		return err
	}
	behind := "-- -KEY"
	if strings.Contains(command.Use, " -- ") {
		behind = "-- -KEY -- COMMAND"
	}
	return fmt.Errorf("%w. A key that begins with - goes behind --, where no word is a flag: %s [flags] %s", err, command.CommandPath(), behind)
}

// wantedOf are the types of flags whose errors are those of the library that reads them.
var wantedOf = map[string]string{
	"bool":     "true or false",
	"int":      "a whole number",
	"uint64":   "a whole number from 0 on",
	"intSlice": "whole numbers, comma-separated",
	"duration": "a time with its unit, such as 30s or 5m",
}

// Wanted is the error of a flag's value as what was wanted. Those of our own values say so themselves.
func Wanted(flag *pflag.Flag, err error) error {
	if want := wantedOf[flag.Value.Type()]; want != "" && !strings.Contains(err.Error(), "want ") {
		return errors.New("want " + want)
	}
	return err
}
