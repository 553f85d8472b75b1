# SPDX-License-Identifier: Apache-2.0
"""Fill a cache with huggingface_hub from the Hub at an address.

Arguments: address, cache, repository, type. Prints the folder of the snapshot.
"""

import os
import sys

endpoint, cache, repo, kind = sys.argv[1:5]
os.environ["HF_ENDPOINT"] = endpoint
os.environ["HF_HUB_OFFLINE"] = "0"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from huggingface_hub import snapshot_download  # noqa: E402

print(snapshot_download(repo, repo_type=kind, cache_dir=cache))
