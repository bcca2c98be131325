package operate

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/records"
)

// mostReports is how many records without a key are told one by one.
const mostReports = 5

// records gives the keys of the input's records, and says what is wrong with it.
func (c *forgetting) records(command *cobra.Command, format *records.Format) func() (wanted, error) {
	reader := records.NewReader(command.InOrStdin(), "semel forget", format)
	keyless := 0
	return func() (wanted, error) {
		record, err := reader.Next()
		var refused *records.Refusal
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &refused):
			return wanted{}, err
		case err != nil:
			return wanted{}, fmt.Errorf("read standard input: %w\nWhat stands behind the last word was not forgotten", err)
		}
		where := records.Where(format.Word, record.Number, record.Line)
		if record.Cut {
			c.say(command, "the input ends within a %s, without a newline (%s): it may be cut off. It is taken as whole", format.Word, where)
		}
		if record.Hint != "" {
			c.say(command, "%s", record.Hint)
		}
		if record.None == nil {
			return wanted{key: record.Key}, nil
		}
		switch keyless++; {
		case keyless <= mostReports:
			c.say(command, "%s has no key: %s", where, record.None.Why)
		case keyless == mostReports+1:
			c.say(command, "more such %ss are counted, and told by no_key", format.Word)
		}
		return wanted{none: true}, nil
	}
}
