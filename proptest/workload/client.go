package workload

import (
	"bytes"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
)

// Client makes calls of a plan's steps, one after another: the next one is made when the last has ended. It
// is not safe for concurrent use; each client of a plan is one of its own.
type Client struct {
	id      int
	servers int
	steps   []Step

	at     int  // the next step
	repeat Call // to be repeated, while repeats are left
	left   int  // repeats

	calls  uint64 // call numbers drawn
	owners int    // owners drawn

	last    *Call // that claimed; for Step.Again
	held    map[string]uint64
	former  map[string]uint64
	offsets map[string]uint64 // stored last by this client, by partition
}

// NewClient returns the client of an id: the index of its steps in the plan.
func NewClient(plan *Plan, id int) *Client {
	return &Client{
		id: id, servers: plan.Servers, steps: plan.Clients[id],
		held: map[string]uint64{}, former: map[string]uint64{}, offsets: map[string]uint64{},
	}
}

// Next returns the next call, and how long the client thinks before; false when there is none.
func (c *Client) Next() (call Call, think time.Duration, ok bool) {
	if c.left > 0 {
		c.left--
		return c.again(c.repeat, c.repeat.Node%c.servers+1), 0, true
	}
	if c.at == len(c.steps) {
		return Call{}, 0, false
	}
	step := c.steps[c.at]
	c.at++
	call = c.make(&step)
	c.left = step.Retries
	return call, step.Think, true
}

// Ended tells the client how its call ended: with the answers to its commands, or with an error,
// linearizability.NotApplied or linearizability.Unknown. Either error is repeated, with the same owner, as often
// as the step says.
func (c *Client) Ended(call *Call, answers []linearizability.Answer, failure string) {
	if failure != "" {
		c.repeat = *call
		return
	}
	c.left = 0
	for k := range answers {
		c.learn(&call.Commands[k], &answers[k])
	}
}

// learn remembers the token of a win, and how far a checkpoint is.
func (c *Client) learn(command *Command, answer *linearizability.Answer) {
	switch {
	case answer.Outcome == linearizability.Won && answer.Token != 0:
		if before := c.held[command.Key]; before != 0 && before != answer.Token {
			c.former[command.Key] = before
		}
		c.held[command.Key] = answer.Token
	case (command.Kind == dedup.KindCheckpoint || command.Kind == dedup.KindSetCheckpoint) && answer.Outcome == linearizability.OK:
		c.offsets[command.Key] = command.Offset
	}
}

// make makes the call of a step.
func (c *Client) make(s *Step) Call {
	if s.Again && c.last != nil {
		call := c.again(*c.last, s.Node)
		call.Door, call.Patience, call.Step, call.Attempt = s.Door, s.Patience, c.at-1, 0
		return call
	}
	call := Call{Client: c.id, Step: c.at - 1, Kind: s.Kind, Node: s.Node, Door: s.Door, Patience: s.Patience}
	switch s.Kind {
	case Batch, Checkpoint:
		call.Commands = c.several(s)
	default:
		call.Commands = []Command{c.single(s)}
	}
	switch s.Kind {
	case Claim, Seen, Batch, Checkpoint:
		last := call
		c.last = &last
	}
	return call
}

// again is a call as it was, with call numbers of its own.
func (c *Client) again(call Call, node int) Call {
	commands := append([]Command(nil), call.Commands...)
	for k := range commands {
		commands[k].Call = c.number()
	}
	call.Commands, call.Node = commands, node
	call.Attempt++
	return call
}

var kinds = map[Kind]dedup.Kind{
	Claim: dedup.KindClaim, Seen: dedup.KindClaim, Complete: dedup.KindComplete, Release: dedup.KindRelease,
	Extend: dedup.KindExtend, Query: dedup.KindQuery, QueryStale: dedup.KindQuery, Put: dedup.KindPut,
	Forget: dedup.KindForget, CheckpointQuery: dedup.KindCheckpointQuery, SetCheckpoint: dedup.KindSetCheckpoint, Resize: dedup.KindResize,
}

func (c *Client) single(s *Step) Command {
	command := Command{
		Kind: kinds[s.Kind], Call: c.number(), Key: keyName(s.Key), LeaseMillis: ms(s.Lease), TTLMillis: ms(s.TTL),
		Fingerprint: fingerprint(s.Fingerprint), IfExists: s.IfExists,
	}
	command.Value = c.value(s.Value, command.Call)
	switch s.Kind {
	case Claim, Seen:
		command.Owner = c.owner()
	case Complete, Release, Extend:
		command.Token = c.token(s.Token, command.Key)
	case CheckpointQuery:
		command.Key = partitionName(s.Key)
	case SetCheckpoint:
		command.Key, command.Owner = partitionName(s.Key), c.owner()
		command.Offset = c.offset(command.Key, s.Ahead)
	case Resize:
		command.Key = linearizability.CapacityName
		command.CapacityKeys, command.CapacityBytes = s.Room, s.RoomBytes
	}
	return command
}

// several are the claims of a batch, behind the checkpoint where it is one. All have one owner.
func (c *Client) several(s *Step) (commands []Command) {
	owner := c.owner()
	if s.Kind == Checkpoint {
		partition := partitionName(s.Key)
		commands = append(commands, Command{
			Kind: dedup.KindCheckpoint, Call: c.number(), Key: partition, Owner: owner, Offset: c.offset(partition, s.Ahead),
		})
	}
	for _, item := range s.Items {
		command := Command{
			Kind: dedup.KindClaim, Call: c.number(), Key: keyName(item.Key), Owner: owner, LeaseMillis: ms(item.Lease),
			TTLMillis: ms(item.TTL), Fingerprint: fingerprint(item.Fingerprint),
		}
		command.Value = c.value(item.Value, command.Call)
		commands = append(commands, command)
	}
	return commands
}

// offset is so far ahead of the last that this client stored, or behind it.
func (c *Client) offset(partition string, ahead int) uint64 {
	return uint64(max(0, int64(c.offsets[partition])+int64(ahead)))
}

// number draws a call number: the client in front keeps those of clients apart.
func (c *Client) number() uint64 {
	c.calls++
	return uint64(c.id+1)<<32 | c.calls
}

// owner draws a fresh owner.
func (c *Client) owner() string {
	c.owners++
	return fmt.Sprintf("client-%d/%d", c.id, c.owners)
}

// madeUp is a token that nobody was given: beyond what any run numbers.
const madeUp = 1 << 40

func (c *Client) token(of Holder, key string) uint64 {
	token := uint64(0)
	switch of {
	case Held:
		token = c.held[key]
	case Former:
		token = c.former[key]
	}
	if token == 0 {
		return madeUp + c.calls
	}
	return token
}

// value is so many bytes or a few more: it starts with the call number, so that values tell who wrote them.
func (c *Client) value(length int, call uint64) []byte {
	if length < 0 {
		return nil
	}
	if length == 0 {
		return []byte{}
	}
	text := fmt.Appendf(nil, "%x.", call)
	return append(text, bytes.Repeat([]byte{'v'}, max(0, length-len(text)))...)
}

func fingerprint(number int) []byte {
	if number == 0 {
		return nil
	}
	return fmt.Appendf(nil, "print-%d", number)
}

func keyName(key int) string { return fmt.Sprintf("key-%d", key) }

func partitionName(key int) string { return fmt.Sprintf("partition-%d", key) }

func ms(d time.Duration) uint64 { return uint64(d / time.Millisecond) }
