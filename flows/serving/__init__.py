"""Who may reach what over HTTP: one guard before every server of Vigie's, and the sign-in of Prefect's."""
