package reached

// Goal: what is taken for TLC's is what TLC reached, all of it, of the specification, the bounds and the TLC that there are now.
// Method: a small specification that nobody runs, a run of TLC that is made up; then whatever can become of a file becomes of it.

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

const bounds = "\\* parity: yes\nSPECIFICATION MCSpec\nCONSTANTS\n  MaxTerm = 1\n"

// source writes what TLC reads of a model named three.
func source(t *testing.T) Source {
	folder := t.TempDir()
	for name, text := range map[string]string{"tlc.jar": "jar", "three.cfg": bounds, "MCRaft.tla": "module", "RaftLog.tla": "log"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return Source{Model: "three", Jar: filepath.Join(folder, "tlc.jar"), SpecDir: folder, Config: filepath.Join(folder, "three.cfg")}
}

func ran(states int) tlc.Result {
	return tlc.Result{Complete: true, Distinct: int64(states), Depth: 4, Elapsed: time.Second,
		Coverage: []tlc.Action{{Name: "Timeout", Generated: 2}, {Name: "Lose", Generated: 1}}}
}

func stateLine(k int) string { return fmt.Sprintf(`"<<<<%d>>, {}>>"`, k) }

// written has TLC print so many states, and end as told.
func written(t *testing.T, folder string, s Source, states int, r tlc.Result) error {
	w, err := Create(folder, s)
	require.NoError(t, err)
	defer w.Drop()
	w.Line("TLC2 Version")
	for k := range states {
		w.Line(stateLine(k))
	}
	w.Line("Finished")
	return w.Keep(r)
}

func kept(t *testing.T, folder string) []string {
	paths, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	return paths
}

func TestWhatTLCReachedIsRead(t *testing.T) {
	folder, s := filepath.Join(t.TempDir(), "build", "reached"), source(t)
	there, err := IsKept(folder, s)
	require.NoError(t, err)
	require.False(t, there)
	_, err = Read(folder, s, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)

	require.NoError(t, written(t, folder, s, 3, ran(3)))
	there, err = IsKept(folder, s)
	require.NoError(t, err)
	require.True(t, there)
	var states []string
	counts, err := Read(folder, s, func(state string) { states = append(states, state) })
	require.NoError(t, err)
	require.Equal(t, []string{stateLine(0), stateLine(1), stateLine(2)}, states)
	digest, err := s.Digest()
	require.NoError(t, err)
	require.Equal(t, Counts{Digest: digest, Distinct: 3, Depth: 4, Elapsed: time.Second, Steps: map[string]int64{"Timeout": 2, "Lose": 1}}, counts)
}

func TestWhatIsKeptIsNotFoundOnceTLCWouldReadSomethingElse(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"tlc.jar", "three.cfg", "MCRaft.tla", "RaftLog.tla", "New.tla"} {
		s := source(t)
		require.NoError(t, written(t, folder, s, 2, ran(2)))
		require.NoError(t, os.WriteFile(filepath.Join(s.SpecDir, name), []byte("changed"), 0o600))
		_, err := Read(folder, s, func(string) {})
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
	s := source(t)
	before, err := s.Digest()
	require.NoError(t, err)
	require.NoError(t, os.Rename(filepath.Join(s.SpecDir, "RaftLog.tla"), filepath.Join(s.SpecDir, "RaftLag.tla")))
	after, err := s.Digest()
	require.NoError(t, err)
	require.NotEqual(t, before, after, "a module of another name")
}

func TestOnlyTheNewestOfAModelStays(t *testing.T) {
	folder, s := t.TempDir(), source(t)
	another := s
	another.Model = "three-terms"
	require.NoError(t, written(t, folder, another, 2, ran(2)))
	require.NoError(t, written(t, folder, s, 2, ran(2)))
	require.NoError(t, os.WriteFile(s.Config, []byte(bounds+"  MaxLog = 2\n"), 0o600))
	require.NoError(t, written(t, folder, s, 2, ran(2)))
	require.Len(t, kept(t, folder), 2)
	_, err := Read(folder, s, func(string) {})
	require.NoError(t, err)
}

func TestARunThatIsNotWholeIsNotKept(t *testing.T) {
	failed, late, cut := ran(3), ran(3), ran(3)
	failed.ExitCode, late.TimedOut, cut.Complete = tlc.ExitInvariant, true, false
	for _, c := range []struct {
		states int
		result tlc.Result
	}{{3, failed}, {3, late}, {3, cut}, {2, ran(3)}, {4, ran(3)}} {
		folder := t.TempDir()
		require.ErrorIs(t, written(t, folder, source(t), c.states, c.result), ErrNotKept)
		require.Empty(t, kept(t, folder))
	}
}

// Nobody knows which of the two TLC has read.
func TestARunBesideAChangeIsNotKept(t *testing.T) {
	folder, s := t.TempDir(), source(t)
	w, err := Create(folder, s)
	require.NoError(t, err)
	w.Line(stateLine(0))
	require.NoError(t, os.WriteFile(s.Config, []byte("changed"), 0o600))
	require.ErrorIs(t, w.Keep(ran(1)), ErrNotKept)
	w.Drop()
	require.Empty(t, kept(t, folder))
}

// altered keeps three states of a source, alters the text of the file and returns what reading it does.
func altered(t *testing.T, alter func(string) string) error {
	folder, s := t.TempDir(), source(t)
	require.NoError(t, written(t, folder, s, 3, ran(3)))
	name := kept(t, folder)[0]
	zipped, err := os.ReadFile(name)
	require.NoError(t, err)
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err = io.WriteString(w, alter(string(text)))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(name, b.Bytes(), 0o600))
	_, err = Read(folder, s, func(string) {})
	return err
}

func TestAFileThatIsNotWhatItsNameSaysIsRefused(t *testing.T) {
	require.NoError(t, altered(t, func(text string) string { return text }))
	line := stateLine(1) + "\n"
	for name, alter := range map[string]func(string) string{
		"a state is missing":          func(text string) string { return strings.Replace(text, line, "", 1) },
		"one is there twice, for one": func(text string) string { return strings.Replace(text, line, stateLine(0)+"\n", 1) },
		"a state too many":            func(text string) string { return stateLine(9) + "\n" + text },
		"another count":               func(text string) string { return strings.Replace(text, `"distinct":3`, `"distinct":4`, 1) },
		"no numbers":                  func(text string) string { text, _, _ = strings.Cut(text, "{\"digest"); return text },
		"half of the numbers":         func(text string) string { return text[:len(text)-9] },
		"numbers twice":               func(text string) string { return text + text[strings.Index(text, `{"digest`):] },
		"a state behind the numbers":  func(text string) string { return text + line },
		"nothing":                     func(string) string { return "" },
	} {
		require.ErrorIs(t, altered(t, alter), ErrRefused, name)
	}
}

func TestAFileOfAnotherDigestIsRefused(t *testing.T) {
	require.ErrorIs(t, altered(t, func(text string) string { return strings.Replace(text, `"digest":"`, `"digest":"0`, 1) }), ErrRefused)
	folder, s := t.TempDir(), source(t)
	require.NoError(t, written(t, folder, s, 3, ran(3)))
	old := kept(t, folder)[0]
	require.NoError(t, os.WriteFile(s.Config, []byte("changed"), 0o600))
	digest, err := s.Digest()
	require.NoError(t, err)
	require.NoError(t, os.Rename(old, path(folder, s, digest)))
	_, err = Read(folder, s, func(string) {})
	require.ErrorIs(t, err, ErrRefused)
}

// Wherever the file is cut, whichever of its bytes is another one, and whatever is behind it.
func TestADamagedFileIsRefused(t *testing.T) {
	folder, s := t.TempDir(), source(t)
	require.NoError(t, written(t, folder, s, 3, ran(3)))
	name := kept(t, folder)[0]
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	refused := func(content []byte, what string, at int) {
		require.NoError(t, os.WriteFile(name, content, 0o600))
		_, err := Read(folder, s, func(string) {})
		require.ErrorIs(t, err, ErrRefused, "%s %d", what, at)
	}
	for k := range whole {
		refused(whole[:k], "cut at", k)
	}
	const header = 10 // of gzip: its time and system are not looked at
	for k := header; k < len(whole); k++ {
		other := bytes.Clone(whole)
		other[k] ^= 0x10
		refused(other, "another byte at", k)
	}
	refused(append(bytes.Clone(whole), "more"...), "more behind", len(whole))
}

func TestOnlyStatesThatAreComparedAreKept(t *testing.T) {
	good := "\\* module: MCRaft\n\\* shows: x\n\\* bounds: x\n\\* expect: pass\n\\* parity: yes\nSPECIFICATION MCSpec\nCONSTANTS\n  MaxTerm = 1\n  Heartbeat <- NoHeartbeat\n"
	for text, compared := range map[string]bool{
		good: true,
		strings.Replace(good, "parity: yes", "parity: fast", 1): true,
		strings.Replace(good, "\\* parity: yes\n", "", 1):       false,
		strings.Replace(good, ": MCRaft", ": SeedsRaft", 1):     false,
		strings.Replace(good, "MCSpec", "LivenessSpec", 1):      false,
		strings.Replace(good, "SPECIFICATION MCSpec", "", 1):    false,
		good + "VIEW vars\n":                    false,
		good + "CONSTRAINT Small\n":             false,
		good + "  SYMMETRY Permutations\n":      false,
		good + "\\* VIEW vars, if it had one\n": true,
	} {
		config := filepath.Join(t.TempDir(), "three.cfg")
		require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
		m, err := tlc.ParseModel(config)
		require.NoError(t, err)
		if compared {
			require.NoError(t, Compared(m), text)
		} else {
			require.ErrorIs(t, Compared(m), ErrOther, text)
		}
	}
}
