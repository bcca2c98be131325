#!/bin/sh
# Makes a new cluster out of the one folder that is left, where a majority of the others is lost for good. The lines with restore and serve run on each
# machine, with the same file. Clients go to the new addresses only when no old node runs any more.
#
# LEFT                    the folder that is left: of several the one with the highest term, then the one whose log ends with the highest entry
# FILE                    file to be written
# DATA SECRET CLUSTER     folder for the new nodes' folders, the secret's file, and the name of the new cluster
# PEERS                   1=host:port,2=host:port,3=host:port: where the new nodes reach one another
# HTTP1 HTTP2 HTTP3       where clients find each; REDIS1 REDIS2 REDIS3 likewise
# SEMEL_NODES             the new HTTP addresses
set -eu

semel verify "$LEFT"
semel backup --from "$LEFT" --accept-loss "$FILE"
for id in 1 2 3; do
	semel restore "$FILE" --data "$DATA/$id" --id $id --members 1,2,3 --cluster "$CLUSTER"
done
semel serve --cluster "$CLUSTER" --id 1 --data "$DATA/1" --peer-secret "$SECRET" --peers "$PEERS" --http "$HTTP1" --redis "$REDIS1" &
semel serve --cluster "$CLUSTER" --id 2 --data "$DATA/2" --peer-secret "$SECRET" --peers "$PEERS" --http "$HTTP2" --redis "$REDIS2" &
semel serve --cluster "$CLUSTER" --id 3 --data "$DATA/3" --peer-secret "$SECRET" --peers "$PEERS" --http "$HTTP3" --redis "$REDIS3" &
until semel status; do sleep 1; done
