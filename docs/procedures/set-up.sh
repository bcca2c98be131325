#!/bin/sh
# Sets up a cluster of three nodes. On three machines each runs the line of its own node, with a copy of the secret's file.
#
# DIR                     folder for the secret and the nodes' folders
# PEERS                   1=host:port,2=host:port,3=host:port: where the nodes reach one another
# HTTP1 HTTP2 HTTP3       where clients find each; REDIS1 REDIS2 REDIS3 likewise
# SEMEL_NODES             all HTTP addresses
set -eu

semel secret "$DIR/peer.secret"
semel serve --id 1 --data "$DIR/1" --peer-secret "$DIR/peer.secret" --peers "$PEERS" --http "$HTTP1" --redis "$REDIS1" &
semel serve --id 2 --data "$DIR/2" --peer-secret "$DIR/peer.secret" --peers "$PEERS" --http "$HTTP2" --redis "$REDIS2" &
semel serve --id 3 --data "$DIR/3" --peer-secret "$DIR/peer.secret" --peers "$PEERS" --http "$HTTP3" --redis "$REDIS3" &
until semel status; do sleep 1; done
