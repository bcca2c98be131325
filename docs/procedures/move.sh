#!/bin/sh
# Moves node 2 to another machine, with its folder. The first lines run on the old machine, those from serve on on the new one.
#
# SEMEL_NODES             HTTP addresses of the cluster, node 2 at its new one
# PID                     process of node 2
# FROM TO SECRET          its folder, where that is to be, and the secret's file
# PEERS                   where the nodes reach one another, as at the first start, node 2 at its new address
# LISTEN HTTP REDIS       its new addresses: for the other nodes, and for clients
set -eu

semel members move 2
kill "$PID"
while kill -0 "$PID" 2>/dev/null; do sleep 0.1; done
mv "$FROM" "$TO"
semel serve --id 2 --data "$TO" --peer-secret "$SECRET" --peers "$PEERS" --advertise "$LISTEN" --http "$HTTP" --redis "$REDIS" &
until semel status; do sleep 1; done
