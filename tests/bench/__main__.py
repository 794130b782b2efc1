"""`make bench`: all of them; by `ARGS` slack, documents, bundles, import-stripe, reconcile or webhooks."""

import sys

from tests.bench import (
    bundles,
    documents,
    import_kartra,
    import_stripe,
    reconcile,
    reports,
    request_times,
    slack_speed,
    webhooks,
)

if sys.argv[1:2] == ["slack"]:
    slack_speed.main(sys.argv[2:])
elif sys.argv[1:2] == ["documents"]:
    documents.main(sys.argv[2:])
elif sys.argv[1:2] == ["bundles"]:
    bundles.main(sys.argv[2:])
elif sys.argv[1:2] == ["import-stripe"]:
    import_stripe.main(sys.argv[2:])
elif sys.argv[1:2] == ["reconcile"]:
    reconcile.main(sys.argv[2:])
elif sys.argv[1:2] == ["webhooks"]:
    webhooks.main(sys.argv[2:])
else:
    request_times.main()
    import_kartra.main()
    import_stripe.main([])
    reconcile.main([])
    webhooks.main()
    documents.main([])
    bundles.main([])
    reports.main()
    slack_speed.main()
