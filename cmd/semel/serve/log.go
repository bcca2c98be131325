package serve

import (
	"io"
	"log/slog"
)

// levelNotice is for what is worth knowing in a day that goes well: a new leader.
const levelNotice = slog.LevelInfo + 2

var logLevels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "notice": levelNotice, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// newLogHandler writes records of a level or worse, as text or JSON.
func newLogHandler(w io.Writer, format, level string) slog.Handler {
	options := &slog.HandlerOptions{Level: logLevels[level], ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.LevelKey && a.Value.Any() == levelNotice {
			a.Value = slog.StringValue("NOTICE")
		}
		return a
	}}
	if format == "json" {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}
