"""Let the browser reach JupyterLab in a codespace, whose address differs from the server's own.

Without it the page opens, but no kernel starts: its requests come from another origin. Only the
address of this one codespace is allowed, and outside Codespaces nothing changes.
"""

import os

name = os.environ.get("CODESPACE_NAME")
domain = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
if name and domain:
    get_config().ServerApp.allow_origin = f"https://{name}-8888.{domain}"  # noqa: F821
