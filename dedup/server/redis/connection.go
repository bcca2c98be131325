package redis

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/eventstreamcore/semel/dedup/server"
)

// Commands about the connection and the node: what clients send before they work.

// redisVersion is the version of Redis whose words are spoken here.
const redisVersion = "7.4.0"

func (c *conn) ping(args [][]byte) {
	switch len(args) {
	case 0:
		c.said.status("PONG")
	case 1:
		c.said.bulk(args[0])
	default:
		c.wrongNumber("ping")
	}
}

func (c *conn) echo(args [][]byte) { c.said.bulk(args[0]) }

func (c *conn) quit([][]byte) {
	c.said.status("OK")
	c.leaving = true
}

func (c *conn) selectDatabase(args [][]byte) {
	switch n, ok := parseInteger(args[0]); {
	case !ok:
		c.said.fail(errNotInteger)
	case n != 0:
		c.said.fail(errDatabase)
	default:
		c.said.status("OK")
	}
}

func (c *conn) auth(args [][]byte) {
	user, password := []byte("default"), args[len(args)-1]
	if len(args) == 2 {
		user = args[0]
	}
	switch {
	case len(args) > 2:
		c.said.fail(errSyntax)
	case len(args) == 1 && c.door.config.Password == "":
		c.said.fail("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case !c.admits(user, password):
		c.said.fail(errWrongPass)
	default:
		c.welcome(true)
		c.said.status("OK")
	}
}

// greeting is what a HELLO asks for.
type greeting struct {
	resp           int
	user, password []byte
	name           []byte
	renames        bool
}

func (c *conn) hello(args [][]byte) {
	g, failure := readGreeting(args, c.resp)
	switch {
	case failure != "":
		c.said.fail(failure)
	case g.user == nil && !c.known:
		c.said.fail("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> " +
			"option can be used to authenticate the client and select the RESP protocol version at the same time")
	case g.user != nil && !c.admits(g.user, g.password):
		c.said.fail(errWrongPass)
	case g.renames && !isName(g.name):
		c.said.fail(errName)
	default:
		c.greet(g)
	}
}

func readGreeting(args [][]byte, resp int) (g greeting, failure string) {
	g.resp = resp
	if len(args) == 0 {
		return g, ""
	}
	version, ok := parseInteger(args[0])
	if !ok {
		return g, "ERR Protocol version is not an integer or out of range"
	}
	if version != 2 && version != 3 {
		return g, "NOPROTO unsupported protocol version"
	}
	g.resp = int(version)
	for args = args[1:]; len(args) > 0; {
		switch {
		case is(args[0], "auth") && len(args) >= 3:
			g.user, g.password, args = args[1], args[2], args[3:]
		case is(args[0], "setname") && len(args) >= 2:
			g.name, g.renames, args = args[1], true, args[2:]
		default:
			return g, fmt.Sprintf("ERR Syntax error in HELLO option '%s'", args[0])
		}
	}
	return g, ""
}

func (c *conn) greet(g greeting) {
	c.resp, c.said.resp = g.resp, g.resp
	c.welcome(true)
	if g.renames {
		c.name = slices.Clone(g.name)
	}
	w := &c.said
	w.table(7)
	w.text("server")
	w.text("redis")
	w.text("version")
	w.text(redisVersion)
	w.text("proto")
	w.integer(int64(g.resp))
	w.text("id")
	w.integer(c.id)
	w.text("mode")
	w.text("standalone")
	w.text("role")
	w.text("master")
	w.text("modules")
	w.array(0)
}

const errName = "ERR Client names cannot contain spaces, newlines or special characters."

func isName(name []byte) bool {
	return !slices.ContainsFunc(name, func(b byte) bool { return b < '!' || b > '~' })
}

func (c *conn) client(args [][]byte) {
	switch sub := args[0]; {
	case is(sub, "id") && len(args) == 1:
		c.said.integer(c.id)
	case is(sub, "getname") && len(args) == 1 && len(c.name) == 0:
		c.said.null()
	case is(sub, "getname") && len(args) == 1:
		c.said.bulk(c.name)
	case is(sub, "setname") && len(args) == 2:
		c.setName(args[1])
	case is(sub, "setinfo") && len(args) == 3:
		c.setInfo(args[1])
	case is(sub, "id"), is(sub, "getname"), is(sub, "setname"), is(sub, "setinfo"):
		c.wrongNumber("client|" + strings.ToLower(string(sub)))
	default:
		c.said.fail(fmt.Sprintf("ERR unknown subcommand '%s'. Try CLIENT HELP.", sub[:min(len(sub), 128)]))
	}
}

func (c *conn) setName(name []byte) {
	if !isName(name) {
		c.said.fail(errName)
		return
	}
	c.name = slices.Clone(name)
	c.said.status("OK")
}

// setInfo takes the library's name and version and has no use for them.
func (c *conn) setInfo(attribute []byte) {
	if !is(attribute, "lib-name") && !is(attribute, "lib-ver") {
		c.said.fail(fmt.Sprintf("ERR Unrecognized option '%s'", attribute))
		return
	}
	c.said.status("OK")
}

// command tells of the commands, so that interactive clients can help.
func (c *conn) command(args [][]byte) {
	all := allCommands()
	switch {
	case len(args) == 0:
		c.said.array(len(all))
		for i := range all {
			all[i].tell(&c.said)
		}
	case is(args[0], "count"):
		c.said.integer(int64(len(all)))
	case is(args[0], "docs"):
		c.said.table(0)
	case is(args[0], "info"):
		c.commandInfo(args[1:])
	default:
		c.said.fail(fmt.Sprintf("ERR unknown subcommand '%s'. Try COMMAND HELP.", args[0][:min(len(args[0]), 128)]))
	}
}

func (c *conn) commandInfo(names [][]byte) {
	c.said.array(len(names))
	for _, name := range names {
		if command := c.door.find(name); command != nil {
			command.tell(&c.said)
		} else {
			c.said.null()
		}
	}
}

// tell writes the ten parts that Redis 7 has; redis-py fails on fewer than seven
// in RESP3. Categories of rights, tips, key specifications and subcommands are empty.
func (c *command) tell(w *writer) {
	w.array(10)
	w.text(c.name)
	w.integer(int64(c.arity))
	w.set(len(c.flags))
	for _, flag := range c.flags {
		w.status(flag)
	}
	w.integer(int64(c.first))
	w.integer(int64(c.last))
	w.integer(int64(c.step))
	w.set(0)
	for range 3 {
		w.array(0)
	}
}

// config answers CONFIG GET for what clients and redis-benchmark ask for.
func (c *conn) config(args [][]byte) {
	if !is(args[0], "get") {
		c.said.fail("ERR only CONFIG GET is there: a node is configured by its own flags")
		return
	}
	if len(args) < 2 {
		c.wrongNumber("config|get")
		return
	}
	var told []string
	for _, parameter := range c.door.parameters() {
		if slices.ContainsFunc(args[1:], func(pattern []byte) bool {
			ok, err := path.Match(strings.ToLower(string(pattern)), parameter[0])
			return ok && err == nil
		}) {
			told = append(told, parameter[0], parameter[1])
		}
	}
	c.said.table(len(told) / 2)
	for _, text := range told {
		c.said.text(text)
	}
}

func (d *Door) parameters() [][2]string {
	return [][2]string{
		{"appendfsync", "always"},
		{"appendonly", "yes"},
		{"databases", "1"},
		{"maxclients", strconv.Itoa(d.config.MaxConnections)},
		{"maxmemory-policy", "noeviction"},
		{"proto-max-bulk-len", strconv.Itoa(knownLimits.bytes)},
		{"save", ""},
		{"timeout", "0"},
	}
}

// info answers INFO. ioredis waits until it reads loading:0.
func (c *conn) info(args [][]byte) {
	var text strings.Builder
	for _, section := range infoSections(c.door.config.Service.Status(), c.door.Counts(), !c.loaded) {
		if len(args) > 0 && !slices.ContainsFunc(args, func(name []byte) bool {
			return is(name, section.name) || is(name, "all") || is(name, "default") || is(name, "everything")
		}) {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("\r\n")
		}
		fmt.Fprintf(&text, "# %s\r\n%s", section.title, section.lines)
	}
	c.said.verbatim(text.String())
}

type infoSection struct{ name, title, lines string }

func infoSections(status server.Status, counts Counts, loading bool) []infoSection {
	isLoading := 0
	if loading || status.Loading {
		isLoading = 1
	}
	return []infoSection{
		{"server", "Server", fmt.Sprintf("redis_version:%s\r\nredis_mode:standalone\r\nserver_name:semel\r\n", redisVersion)},
		{"clients", "Clients", fmt.Sprintf("connected_clients:%d\r\n", counts.Connections)},
		{"persistence", "Persistence", fmt.Sprintf("loading:%d\r\naof_enabled:1\r\n", isLoading)},
		{"stats", "Stats", fmt.Sprintf("total_commands_processed:%d\r\nsemel_unfenced_commands:%d\r\nsemel_uncertain_commands:%d\r\n",
			counts.Commands, counts.Unfenced, counts.Uncertain)},
		{"replication", "Replication", fmt.Sprintf("role:master\r\nconnected_slaves:0\r\nsemel_role:%s\r\nsemel_leader:%d\r\nsemel_term:%d\r\n",
			status.Role, status.Leader, status.Term)},
		{"keyspace", "Keyspace", fmt.Sprintf("db0:keys=%d\r\n", status.Keys)},
	}
}
