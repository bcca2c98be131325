package uniq

const help = `Reads lines and writes those that nobody has seen before, in their order and byte
for byte, across all programs that ask the same cluster. Input in gzip or zstd is unpacked.

What makes two lines one event is their key:
  (nothing)                  the whole line
  --json id                  a field of JSON lines, from the outermost object on; nested:
                             data.id, in an array: items.0.id, or as /a.b/c (RFC 6901)
  --csv 3                    a column of CSV (RFC 4180): quotes, commas and newlines in them
  --csv id --header          a column by its name; the first record is the header, which is
                             written and not claimed
  --key 3                    a field between blanks; with --delimiter '\t' between tabs, and
                             between commas or semicolons with quotes as CSV has them
  --key '/id=(\w+)/'         the group of an expression (RE2), or all that it matches
Several make one key: --json user,order, --csv 1,4, --key 1,3, an expression's groups; of
those it counts which took part. Types count: in JSON the number 1 is not the text "1".
Numbers are compared as they are written (1, 1.0 and 1e0 are three), texts as what they
say (\u0061 is a). The end of a line (LF or CRLF) and a byte order mark are no part of
any key. Keys above 16 KiB are claimed by their SHA-256.

No key is what is empty or blank, not there or null, an object or an array, a line that
is not JSON or names a field twice, a record that breaks the rules of
CSV or has more fields than the header. Such lines are written
(--unmatched print), left out (drop), or stop uniq (fail), and are counted; standard error
says so while it runs if most are of that kind, or if all keys are one.

A last line without a newline may have been cut off. It is written with one and said
(--last keep), left out (drop), or stops uniq (fail).

How nothing is lost. Lines are claimed before they are written. If uniq or the program
that reads its output ends badly, the same input given to the same run is told the same
again, while its keys stand:
  semel uniq --run nightly-2026-11-24 < events > first-seen
The name is drawn and said on standard error unless you give it. The owner of a claim is
made of the run's name and all lines so far, so another input under an old name is
answered as another's from the first line on that differs; lines before that are written
again. Two runs of one name at the same time may both be told that they are first.

While the cluster is away uniq waits, up to --timeout. Then, when the cluster or the disk is
full, when the output's reader goes away, at a hangup, Ctrl-C or SIGTERM, it writes what is
decided, and says where it stopped and the command that goes on. Into a file, which is
synced, that is behind the last line written; into a pipe it is the beginning, since what
a pipe held is lost with its reader. A key that another program has claimed with a lease and
not completed counts as seen, and is reported.

What was claimed and should not have been: semel forget, with the same flags and records.

Exit codes: 0 all of the input is decided and handed over; 2 usage, nothing was claimed;
4 it stopped before the end.`

const examples = `  semel uniq < events.gz > first-seen
  semel uniq --json id --ns webhooks --ttl 168h < webhooks.jsonl
  semel uniq --csv order_id --header < orders.csv > new-orders.csv
  tail -F access.log | semel uniq --key 1 --ns visitors`
