package serve

import (
	"context"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/secret"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/redis"
	"github.com/eventstreamcore/semel/raft/node"
)

// serving is what one node is told.
type serving struct {
	cluster, dir, listen, http, redis string
	secret                            string // the file
	advertise                         string
	join                              []string
	replace                           replaced
	learner                           bool
	id, expect                        uint8
	peers, doors                      nodeAddresses
	capacity                          Capacity
	log, logLevel                     string
	untilInputEnds                    bool
	gates                             doorFlags
	snapshots                         snapshotFlags
}

const help = `A node keeps a log of all claims on its disk and agrees with the other nodes on what stands in it.
Start one on each of three machines (or five, or seven): the service answers as long as a majority
of them runs and can talk, and no claim is lost while a majority of the disks is whole. Clients may
ask any node; the one that leads decides.

Three ports, each a host:port of its own:
  --peers   between the nodes; the same list on every node, this one's own address among them
  --http    for clients: POST /v1/claim and its like, GET /v1/status, /livez, /readyz
  --redis   for clients: any Redis library or redis-cli, SET key value NX EX 60
--doors is optional: the --http addresses of all nodes, so that an error can name the leader's.
The nodes know one another by a secret: make one file with "semel secret FILE" and give each node a
copy of it with --peer-secret. Of the other two ports only the Redis one can ask for a password
(--redis-password-file): bind them to addresses that only your machines reach.

A client that is silent, slow or one of too many hurts no other: a request has 10 s from its first
byte to its last; where all places are taken a connection that does nothing is closed; all requests
together hold --request-bytes, answers that nobody reads --answer-bytes. "doors" in GET /v1/status counts it. A node needs 1024 open files
(ulimit -n) or more; half of them are for connections.

Most flags can be environment variables, named behind each; a flag goes before the environment.

The first start of a cluster wants all its nodes, once: a new cluster begins when each has met each, and "semel
status" says whom a node waits to meet. From then on a majority is enough: a node that is started
takes part once it has met a majority of the others, itself counted. Who the members are stands in the log by then: --peers and --join
may stay as they are or be left out, with --listen in their place: a few seconds later the log says where they are found, too.

Where nobody can list the first members, all of them get --bootstrap-expect N and --join with addresses or a DNS name by which they
find one another, and an --id each: once N of them have all found the same N, these are the first members. Nobody begins alone; where
a cluster of that name is found that this folder is none of, it ends with exit 2.

A node joins a cluster that runs with an empty folder, --join and --listen: it asks the members that --join names, of a name all
addresses that it has, until they have taken it in, and serves; it becomes a voter once it is level ("semel members" shows it), with --replace in the place of another,
with --learner not before semel members promote. Ctrl-C ends the asking. Another secret or cluster name at all addresses, no slot left (63 folders in the
life of a cluster) or nobody to replace ends it with exit 2. A node that was removed stops with exit 3: its
folder is of no use any more; with an empty one it may join again. So has to a node that was away while a majority of those it
knew were replaced.

SIGTERM or Ctrl-C: a node that leads has another one lead first (for 0.8 s at most), open calls are
answered, then the node stops, exit 0. Start it again at any time.

A full disk stops no node: it refuses new claims (Redis: MISCONF, HTTP: 507), still takes what ends
work, logs how much room is left long before, and goes on by itself when there is room. A node also
starts on a full disk, unless it is its first start.

The log ends by itself: now and then the node keeps a snapshot of its table in the folder's "snapshots", and its log
begins behind the one before. So there is at most some six times what stands in the table on the disk, and 256 MiB
("semel snapshot" takes one now, "semel status" tells of them).

If a disk fails (exit 6) do not start the node again by itself: what the disk dropped is not there
after a restart. The same goes for a broken invariant, which is a fault of the machine or of Semel:
please report it. The other nodes go on. Keep a copy of the folder ("semel wal dump DIR" shows it)
and check the disk.

A node is its folder. Never put an older copy in its place (a backup, a snapshot of the machine), and
never start two copies: a folder that does not know a start which the others have met is refused,
keeps that, and stops with exit 6; the folder that last ran may still be started. A folder that lacks
what it had acknowledged (a copy from within its last start, or a disk that lost what it had synced) is
found out by whoever leads, and one whose state differs from a majority's by all: those are kept out for
good, and no copy of them is taken either ("kept out" in semel status). A node whose folder
is gone is refused where it starts as before; it joins with --join and --replace of its own id. To move a node:
stop it, move the folder, start it there with the new --listen: it tells the others.

Exit codes:
  0  stopped as asked
  2  usage: a flag or variable is wrong, or the folder is another node's, can't be made or may not be used
  3  it was removed from its cluster: its folder is of no use; empty it to join again
  4  it could not start or go on, and may later: an address or the folder is in use, or there is
     no room for a first start
  6  the disk failed a call (a read, write, sync, create, rename, list or lock), the log is damaged,
     no snapshot can be read that it goes on from, its folder is an older copy or has another state than the others, or the node broke an invariant of its own: it must not be started
     again by itself
  7  this program does not speak the version that the cluster's log has: start the node with one that does, its folder is as it was`

const examples = `  # once, then copied to the other machines
  semel secret /etc/semel/peer.secret

  # on 10.0.0.1, and likewise with --id 2 on 10.0.0.2 and --id 3 on 10.0.0.3
  semel serve --id 1 --data /var/lib/semel --peer-secret /etc/semel/peer.secret \
    --peers 1=10.0.0.1:7300,2=10.0.0.2:7300,3=10.0.0.3:7300 \
    --doors 1=10.0.0.1:7100,2=10.0.0.2:7100,3=10.0.0.3:7100 \
    --http 10.0.0.1:7100 --redis 10.0.0.1:7200

  # a fourth one, later
  semel serve --id 4 --data /var/lib/semel --peer-secret /etc/semel/peer.secret --listen 10.0.0.4:7300 \
    --join 10.0.0.1:7300,10.0.0.2:7300,10.0.0.3:7300 --http 10.0.0.4:7100 --redis 10.0.0.4:7200

  # three that find one another, by a name that has the addresses of all: on each machine, with its own id and address
  semel serve --id 1 --data /var/lib/semel --peer-secret /etc/semel/peer.secret --listen 10.0.0.1:7300 \
    --bootstrap-expect 3 --join semel.internal:7300 --http 10.0.0.1:7100 --redis 10.0.0.1:7200

  # the same by environment
  SEMEL_ID=1 SEMEL_DATA=/var/lib/semel SEMEL_PEER_SECRET=/etc/semel/peer.secret SEMEL_PEERS=1=10.0.0.1:7300,... semel serve`

// Command is `semel serve`.
func Command() *cobra.Command {
	var s serving
	c := &cobra.Command{
		Use: "serve", Short: "Run one node", Long: help, Example: examples, Args: flags.None(""),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromEnvironment(c, settings); err != nil {
				return err
			}
			if err := s.validate(); err != nil {
				return err
			}
			s.capacity.Note(c)
			return s.run(c.Context())
		},
	}
	s.flags(c)
	return c
}

// placesAtDoors is how many connections each door may have.
func (s *serving) placesAtDoors(logger *slog.Logger) (int, error) {
	files, err := openFiles()
	if err != nil {
		return 0, exit.With(exit.Unavailable, err)
	}
	if files < wantedFiles {
		logger.Warn("this process may open few files, so there are few places for connections: raise the limit (ulimit -n)", "files", files, "wanted", wantedFiles)
	}
	return s.gates.places(files)
}

// run listens first, so that an address in use is told before the disk is touched.
func (s *serving) run(ctx context.Context) error {
	logger := slog.New(newLogHandler(os.Stderr, s.log, s.logLevel))
	for _, name := range strangers(os.Environ(), settings) {
		logger.Warn("an environment variable that no flag has is ignored: is it misspelt?", "name", name)
	}
	secret, err := s.readSecret()
	if err != nil {
		return err
	}
	places, err := s.placesAtDoors(logger)
	if err != nil {
		return err
	}
	web, err := listen("--http", s.http)
	if err != nil {
		return err
	}
	defer web.Close()
	stock, err := listen("--redis", s.redis)
	if err != nil {
		return err
	}
	defer stock.Close()
	config := server.Config{
		Cluster: s.cluster, Node: s.id, Dir: s.dir, PeerSecret: secret, Peers: s.peers, Doors: s.doors, Listen: s.listen, Advertise: s.advertise, HTTP: s.http, Redis: s.redis,
		CapacityKeys: s.capacity.keys, CapacityBytes: uint64(s.capacity.bytes), Logger: logger, Tune: s.tune,
	}
	if len(s.join) > 0 && !s.holdsLog() {
		if err := s.find(ctx, logger, config); err != nil || ctx.Err() != nil {
			return err
		}
	}
	replica, err := server.Open(config)
	if err != nil {
		return notStarted(err)
	}
	defer replica.Close()
	s.warnOpen(logger)
	logger.Info("serving", "node", s.id, "http", web.Addr().String(), "redis", stock.Addr().String(), "data", s.dir, "connections_at_each_door", places)
	webDoor, stockDoor := s.gates.open(replica, places, logger)
	return s.serveDoors(ctx, logger, replica, webDoor, stockDoor, web, stock)
}

// readSecret reads the secret of the nodes; one node alone needs none.
func (s *serving) readSecret() (node.Secret, error) {
	if s.secret == "" {
		return node.Secret{}, nil
	}
	return secret.Read(s.secret)
}

func (s *serving) tune(o *node.Options) {
	if s.listen != "" {
		o.Listen = s.listen
	}
	s.snapshots.tune(o)
	if hook != nil {
		hook(o)
	}
}

// hook, where not nil, changes what a node is started with. Only a program that is built for tests has one: see weather.go.
var hook func(*node.Options)

// serveDoors serves until ctx ends, the replica stops or a door fails.
func (s *serving) serveDoors(ctx context.Context, logger *slog.Logger, replica *server.Replica, webDoor *http.Door, stock *redis.Door, httpListener, redisListener net.Listener) (err error) {
	web := http.NewServer(webDoor)
	failed := make(chan error, 2)
	go func() { failed <- web.Serve(webDoor.Listen(httpListener)) }()
	go func() { failed <- stock.Serve(redisListener) }()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go watchLeader(watching, logger, replica)
	go s.capacity.compare(watching, logger, replica.Status)
	select {
	case <-ctx.Done():
		logger.Info("stopping: open calls are answered first")
		handOver(logger, replica)
	case <-s.inputEnd():
		logger.Info("stopping: standard input ended")
		handOver(logger, replica)
	case <-replica.Done():
		err = stopped(replica.Err())
	case err = <-failed:
		err = notStarted(err)
	}
	grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_ = web.Shutdown(grace)
	stock.Close()
	return err
}

// handOver has another node lead before this one stops. Its doors are open meanwhile.
func handOver(logger *slog.Logger, replica *server.Replica) {
	if err := replica.HandOver(); err != nil {
		logger.Info("nobody leads in this node's place: the others elect one", "reason", err)
	}
}

// watchLeader logs who leads, and with whom talk goes one way only, each time it changes, until ctx ends.
func watchLeader(ctx context.Context, logger *slog.Logger, replica *server.Replica) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var before server.Status
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := replica.Status()
		switch leads, led := now.Leader == now.Node, before.Leader == before.Node && before.Node != 0; {
		case now.Leader == before.Leader && now.Term == before.Term:
		case leads:
			logger.Log(ctx, levelNotice, "this node leads now", "term", now.Term)
		case led:
			logger.Log(ctx, levelNotice, "this node leads no longer", "term", now.Term)
		case now.Leader != 0:
			logger.Info("another node leads now", "leader", now.Leader, "term", now.Term)
		default:
			logger.Info("no leader is known", "term", now.Term)
		}
		if one := now.OneWays(); len(one) > 0 && !slices.Equal(one, before.OneWays()) {
			logger.Warn("what this node and another say goes one way only: look at the address that the one has of the other, and at what lies between", "found", strings.Join(one, ", "))
		}
		before = now
	}
}
