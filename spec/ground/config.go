package ground

import (
	"fmt"
	"regexp"
	"strings"
)

// Config is what a .cfg says of a module.
type Config struct {
	// Constants gives CONSTANTS their values, and overrides operators without parameters.
	Constants map[string]Value
	// Replace names for an operator or CONSTANT the operator that stands in its place: `Name <- Other`.
	Replace map[string]string
}

var (
	cfgComment  = regexp.MustCompile(`(?s)\\\*[^\n]*|\(\*.*?\*\)`)
	cfgKeyword  = regexp.MustCompile(`^[A-Z_]{4,}$`)
	cfgConstant = regexp.MustCompile(`^(\w+)\s*(=|<-)\s*(.*)$`)
)

// ParseConfig reads the constants of a .cfg, each on a line of its own. Other sections it leaves alone.
func ParseConfig(text string) (Config, error) {
	c := Config{map[string]Value{}, map[string]string{}}
	constants := false
	for _, line := range strings.Split(cfgComment.ReplaceAllString(text, " "), "\n") {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		if cfgKeyword.MatchString(word) {
			constants = word == "CONSTANT" || word == "CONSTANTS"
			line = strings.TrimSpace(rest)
		}
		if !constants || line == "" {
			continue
		}
		found := cfgConstant.FindStringSubmatch(line)
		if found == nil {
			return c, fmt.Errorf("%w: expected a constant at %.40q", ErrConfig, line)
		}
		if found[2] == "<-" {
			c.Replace[found[1]] = found[3]
			continue
		}
		v, err := ParseValue(found[3])
		if err != nil {
			return c, fmt.Errorf("%w: %s: %w", ErrConfig, found[1], err)
		}
		c.Constants[found[1]] = v
	}
	return c, nil
}
