package records

// Goal: compressed input is unpacked or refused, what is cut off is no end, and nothing is held back that is there.
// Method: inputs written by the libraries, cut at every byte, and the beginnings of other formats.

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

const someLines = "a\nb\na\n"

func gzipped(t *testing.T, text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func zstded(t *testing.T, text string) string {
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return string(w.EncodeAll([]byte(text), nil))
}

func TestCompressedInputIsUnpacked(t *testing.T) {
	for name, packed := range map[string]string{
		"gzip": gzipped(t, someLines), "gzip in two members": gzipped(t, "a\nb") + gzipped(t, "\na\n"),
		"zstd": zstded(t, someLines), "zstd in two frames": zstded(t, "a\nb") + zstded(t, "\na\n"), "plain": someLines,
	} {
		for _, in := range []io.Reader{strings.NewReader(packed), iotest.OneByteReader(strings.NewReader(packed)), iotest.DataErrReader(strings.NewReader(packed))} {
			got, err := io.ReadAll(&Input{From: in})
			require.NoError(t, err, name)
			require.Equal(t, someLines, string(got), name)
		}
	}
}

// A part of a packed file is never taken for all of it.
func TestCompressedInputThatIsCutOffIsAnError(t *testing.T) {
	long := strings.Repeat(someLines, 1000)
	for _, packed := range []string{gzipped(t, long), zstded(t, long)} {
		for cut := len("\x1f\x8b\x08") + strings.Count(packed[:1], "\x28"); cut < len(packed); cut++ {
			_, err := io.ReadAll(&Input{From: strings.NewReader(packed[:cut])})
			require.Error(t, err, "%d of %d bytes", cut, len(packed))
		}
		_, err := io.ReadAll(&Input{From: strings.NewReader(packed + "garbage")})
		require.Error(t, err)
	}
}

func TestWhatIsNoLinesIsRefused(t *testing.T) {
	for start, says := range map[string]string{
		"\xfd7zXZ\x00": "xz -dc FILE | semel uniq", "BZh91AY&SY": "bzip2 -dc", "PK\x03\x04": "unzip -p", "\x04\x22\x4d\x18": "lz4 -dc",
		"\xff\xfea\x00": "UTF-16", "\xfe\xff\x00a": "UTF-16", "\x1f\x9d\x90": "zcat", strings.Repeat("x", 257) + "ustar": "tar -xOf", "PAR1\x15": "Parquet",
		gzipped(t, gzipped(t, "a\n")): "gzip within", zstded(t, strings.Repeat("x", 257)+"ustar"): "tar -xOf FILE | semel uniq",
	} {
		got, err := io.ReadAll(&Input{From: strings.NewReader(start + "\nmore\n"), For: "semel uniq"})
		var refused *Refusal
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, err, says)
		require.Empty(t, got)
	}
}

// Whoever writes one short line and waits sees it go through.
func TestTheFirstLineIsNotHeldBack(t *testing.T) {
	for _, line := range []string{"\n", "B\n", "PK\n", "\xff\n", "a\n"} {
		in := &Input{From: io.MultiReader(strings.NewReader(line), iotest.ErrReader(io.ErrNoProgress))}
		got := make([]byte, 10)
		n, err := in.Read(got)
		require.NoError(t, err)
		require.Equal(t, line, string(got[:n]))
	}
}
