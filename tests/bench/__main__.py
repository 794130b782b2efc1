"""`make bench`: every benchmark, one after the other."""

from tests.bench import import_kartra, reports, request_times

request_times.main()
import_kartra.main()
reports.main()
