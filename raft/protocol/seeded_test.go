// Goal and method: those of walk_test.go, with a second way to draw.

package protocol

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeded returns a walker that draws by seed: faster than rapid, where nothing needs to
// be shortened.
func seeded(seed uint64, nodes int) *walker {
	random := rand.New(rand.NewPCG(seed, uint64(nodes)))
	return &walker{newWorld(nodes), random.IntN}
}

// walk takes up to so many steps, until a property breaks.
func (w *walker) walk(steps int) {
	for k := 0; k < steps && w.broken == nil; k++ {
		w.step()
	}
}

func TestManyWalksBreakNoProperty(t *testing.T) {
	for nodes := 1; nodes <= 5; nodes++ {
		for seed := range uint64(80) {
			w := seeded(seed, nodes)
			w.walk(300)
			require.Nil(t, w.broken, "seeded(%d, %d)", seed, nodes)
		}
	}
}
