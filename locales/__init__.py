"""The words and formats that pages, mail and Slack share."""
