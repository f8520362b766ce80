"""The `mailbox` source: mails of an IMAP server, an mbox file, a Maildir or a folder of .eml files."""
