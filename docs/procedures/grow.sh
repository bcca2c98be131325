#!/bin/sh
# Grows a cluster by node 4. The line with serve runs on the new machine, with an empty folder and a copy of the secret's file.
#
# SEMEL_NODES             HTTP addresses of the cluster
# DATA SECRET             the new node's folder, and the secret's file
# LISTEN HTTP REDIS       the new node's addresses
# JOIN                    addresses for nodes of some members
set -eu

semel members add 4
semel serve --id 4 --data "$DATA" --peer-secret "$SECRET" --listen "$LISTEN" --join "$JOIN" --http "$HTTP" --redis "$REDIS" &
semel members add 4 --wait
semel members
