#!/bin/sh
# Upgrades the nodes of a living cluster to another program, one at a time. The commands are those of docs/operations.md; a test runs them under load.
#
# SEMEL_NODES  HTTP addresses of the cluster
# NODES        ids of the nodes
# UPGRADE      command that, given an id, stops that node (SIGTERM), puts the new program in its place and starts it with what it was started with, such as one that
#              does so by ssh and systemctl
# BACKUP       file to be written: there is no other way back once the version has risen
set -eu

semel status
semel backup "$BACKUP"
for id in $NODES; do
	$UPGRADE "$id"
	until semel status; do # all are ready: the next one may be stopped
		sleep 1
	done
done
until semel members | grep '^version [0-9]* of the log$'; do # no later one waits for anybody
	sleep 1
done
