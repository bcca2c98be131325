package serve

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
)

// settings are the flags that may be environment variables.
var settings = []string{
	"cluster", "id", "peers", "peer-secret", "doors", "data", "listen", "http", "redis", "capacity-keys", "capacity-bytes", "log", "log-level",
	"max-connections", "request-bytes", "answer-bytes", "redis-password-file", "redis-value-as-owner",
	"snapshot-bytes", "snapshot-rate", "join", "bootstrap-expect", "replace", "learner", "advertise",
}

func (s *serving) flags(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false
	f.Var((*nodeID)(&s.id), "id", "id of this node, 1 to 63: among --peers, or with --join of its own (required at its first start)")
	f.Var(&s.peers, "peers", "where the first nodes of a cluster reach one another, all of them, this one too (required at the first start, but with --join)")
	f.StringVar(&s.secret, "peer-secret", "", "file with the secret by which the nodes know one another, see semel secret (required for more than one node)")
	f.StringVar(&s.dir, "data", "", "folder of this node's log, on a local disk (required)")
	f.StringVar(&s.cluster, "cluster", "semel", "name of the cluster, the same on all nodes, never changed")
	f.Var(&s.doors, "doors", "the HTTP addresses of all nodes, for errors that name the leader's")
	f.StringVar(&s.listen, "listen", "", "where to listen for the other nodes (default: this node's address in --peers; required without them)")
	f.StringVar(&s.advertise, "advertise", "", "where the other nodes find this one, before what their --peers say (default, and behind their --peers: its address in --peers, or --listen)")
	f.StringSliceVar(&s.join, "join", nil, "with an empty folder, join the cluster that has members at these addresses for nodes; of a name all addresses are tried; with a folder that holds a log it does nothing")
	f.Uint8Var(&s.expect, "bootstrap-expect", 0, "with --join and an empty folder: be one of so many first members of a new cluster, which find one another by the list (2 to 63)")
	f.Var(&s.replace, "replace", "with --join: take the place of the member with this id, or slot:N, once level")
	f.BoolVar(&s.learner, "learner", false, "with --join: be sent all, and decide nothing, until semel members promote")
	f.StringVar(&s.http, "http", "127.0.0.1:7100", "where to listen for HTTP clients")
	f.StringVar(&s.redis, "redis", "127.0.0.1:7200", "where to listen for Redis clients")
	s.capacity.Flags(c)
	s.gates.flags(c)
	s.snapshots.flags(c)
	f.StringVar(&s.log, "log", "text", "how to log on standard error: text or json")
	f.StringVar(&s.logLevel, "log-level", "info", "what is logged, and all that is worse: debug, info, notice (this node leads), warn or error")
	f.BoolVar(&s.untilInputEnds, "until-input-ends", false, "stop when standard input ends: this node does not outlive what started it")
	for _, name := range settings {
		flag := f.Lookup(name)
		flag.Usage += " [" + variable(name) + "]"
	}
}

// variable is the name of the environment variable of a flag.
func variable(flag string) string {
	return "SEMEL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment sets those flags that the command line does not.
func fromEnvironment(c *cobra.Command, names []string) error {
	for _, name := range names {
		value, there := os.LookupEnv(variable(name))
		if !there || c.Flags().Changed(name) {
			continue
		}
		if err := c.Flags().Set(name, value); err != nil {
			why := flags.Wanted(c.Flags().Lookup(name), cmp.Or(errors.Unwrap(err), err))
			return fmt.Errorf("environment variable %s is %q: %w", variable(name), value, why)
		}
	}
	return nil
}

// notOfServe are variables of ours that no flag of serve has: of clients, and what semel run tells its command; and a password.
var notOfServe = []string{passwordVariable, "SEMEL_NODES", "SEMEL_KEY", "SEMEL_TOKEN"}

// strangers are variables that look like ours and are not: misspelt ones, most likely.
func strangers(environment, flags []string) (names []string) {
	for _, pair := range environment {
		name, _, _ := strings.Cut(pair, "=")
		ours := slices.Contains(notOfServe, name) || slices.ContainsFunc(flags, func(flag string) bool { return variable(flag) == name })
		if strings.HasPrefix(name, "SEMEL_") && !ours {
			names = append(names, name)
		}
	}
	return names
}

// flagError says which flag or variable is wrong, what was expected and what it was.
type flagError struct{ flag, got, want string }

func (e *flagError) Error() string {
	if e.got == "" {
		return fmt.Sprintf("--%s (or %s) is missing: want %s", e.flag, variable(e.flag), e.want)
	}
	return fmt.Sprintf("--%s (%s) is %q: want %s", e.flag, variable(e.flag), e.got, e.want)
}

// validate says what is wrong with the flags. What it lets through can be listened on.
func (s *serving) validate() error {
	if err := cmp.Or(s.validateExpected(), s.validatePlace()); err != nil {
		return err
	}
	switch {
	case s.secret == "" && len(s.peers) != 1 && (len(s.peers) > 0 || !s.holdsLog()): // of a log's only member nobody else has to know it
		return &flagError{"peer-secret", "", "the file with the cluster's secret, the same on all nodes; `semel secret FILE` makes one"}
	case s.dir == "":
		return &flagError{"data", "", "the folder in which this node keeps its log, such as /var/lib/semel; it is made where missing"}
	case s.cluster == "":
		return &flagError{"cluster", "", "a name, the same on all nodes"}
	case s.log != "text" && s.log != "json":
		return &flagError{"log", s.log, "text or json"}
	}
	if _, ok := logLevels[s.logLevel]; !ok {
		return &flagError{"log-level", s.logLevel, "debug, info, notice, warn or error"}
	}
	if err := s.capacity.Validate(); err != nil {
		return err
	}
	if err := s.gates.validate(); err != nil {
		return err
	}
	if err := s.snapshots.validate(); err != nil {
		return err
	}
	return s.validateAddresses()
}

// validatePlace says what is wrong with what says which node this is, and whom it meets.
func (s *serving) validatePlace() error {
	example := "id=host:port of every node, such as 1=10.0.0.1:7300,2=10.0.0.2:7300,3=10.0.0.3:7300"
	_, known := s.peers[s.id]
	hasLog := s.holdsLog()
	switch {
	case len(s.peers) == 0 && len(s.join) == 0 && !hasLog:
		return &flagError{"peers", "", example + "; or --join, to join a cluster that runs"}
	case len(s.peers) > 0 && len(s.join) > 0:
		return &flagError{"join", strings.Join(s.join, ","), "either --peers, of the first nodes of a cluster, or --join"}
	case s.id == 0 && (len(s.peers) > 0 || !hasLog):
		return &flagError{"id", "", "the id of this node, one of those in --peers, or with --join one of its own"}
	case (s.replace != replaced{} || s.learner) && len(s.join) == 0:
		return &flagError{"join", "", "addresses of members: --replace and --learner go with it"}
	case len(s.peers) == 0 && s.listen == "":
		return &flagError{"listen", "", "host:port of this node for the others, where there are no --peers"}
	case len(s.peers) > 0 && !known:
		return &flagError{"id", strconv.Itoa(int(s.id)), "one of those in --peers, which are " + s.peers.ids()}
	}
	return nil
}

// validateExpected says what is wrong with what says how many first members there are to be.
func (s *serving) validateExpected() error {
	switch {
	case s.expect != 0 && len(s.join) == 0:
		return &flagError{"join", "", "addresses, or a name, by which the first members find one another: --bootstrap-expect goes with it"}
	case s.expect != 0 && (s.expect < 2 || s.expect > 63):
		return &flagError{"bootstrap-expect", strconv.Itoa(int(s.expect)), "2 to 63; one node alone has --peers with its own address"}
	case s.expect != 0 && (s.replace != replaced{} || s.learner):
		return &flagError{"bootstrap-expect", strconv.Itoa(int(s.expect)), "none of --replace and --learner beside it: these join a cluster that runs"}
	}
	return nil
}

func (s *serving) validateAddresses() error {
	for id := range s.doors {
		if _, known := s.peers[id]; !known && len(s.peers) > 0 {
			return &flagError{"doors", s.doors.String(), "ids of --peers only, which are " + s.peers.ids()}
		}
	}
	for _, a := range []struct{ flag, address string }{{"http", s.http}, {"redis", s.redis}, {"listen", cmp.Or(s.listen, s.peers[s.id])}} {
		if err := checkAddress(a.address); err != nil {
			return &flagError{a.flag, a.address, err.Error()}
		}
	}
	for _, address := range slices.Concat(s.join, []string{cmp.Or(s.advertise, "h:1")}) {
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "0" || checkAddress(address) != nil {
			return &flagError{"join or --advertise", address, "host:port that other machines reach"}
		}
	}
	return nil
}

// checkAddress returns what is wanted of an address to listen on where it is not that.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("host:port, such as 10.0.0.1:7100")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && port != "0" {
		return errors.New("host:port with a port of 1 to 65535")
	}
	return nil
}

// listen returns a listener, or what to do where there is none.
func listen(flag, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, exit.With(exit.Unavailable, fmt.Errorf("%s: %w", flag, inUse(err)))
	case err != nil:
		return nil, exit.With(exit.Unavailable, fmt.Errorf("%s: %w: want an address of this machine", flag, err))
	}
	return listener, nil
}

func inUse(err error) error {
	return fmt.Errorf("%w: another program, or another node, listens there: stop it, or give this one another address", err)
}

// inputEnd is closed when standard input ends, if that was asked for.
func (s *serving) inputEnd() <-chan struct{} {
	if !s.untilInputEnds {
		return nil
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	return ended
}

// warnOpen warns of doors that more than this machine can reach: neither asks who is there.
func (s *serving) warnOpen(logger *slog.Logger) {
	for _, a := range []struct{ flag, address string }{{"--http", s.http}, {"--redis", s.redis}} {
		if !isLoopback(a.address) && (a.flag != "--redis" || s.gates.password == "") {
			logger.Warn("this port asks for no password and is open to other machines: let only those reach it that may claim and delete keys", "flag", a.flag, "address", a.address)
		}
	}
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
