#!/bin/sh
# What to do when the disk of a node is full, once something else than its folder has been removed there: see that there is room, let keys go, and
# have each node take a snapshot, which gives the log's room back.
#
# SEMEL_NODES             HTTP addresses of the cluster
# KEYS                    file with keys that may go, one a line
# CAPACITY                how many keys may stand from now on
set -eu

semel status || true
semel forget - <"$KEYS"
semel capacity --keys "$CAPACITY"
until semel snapshot; do sleep 1; done
until semel status; do sleep 1; done
