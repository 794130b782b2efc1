"""`make bench`: every benchmark, one after the other; `make bench ARGS="slack …"`: Slack's alone."""

import sys

from tests.bench import import_kartra, reports, request_times, slack_speed

if sys.argv[1:2] == ["slack"]:
    slack_speed.main(sys.argv[2:])
else:
    request_times.main()
    import_kartra.main()
    reports.main()
    slack_speed.main()
