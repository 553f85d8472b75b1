# SPDX-License-Identifier: Apache-2.0
"""Read with huggingface_hub, without a network, a cache that dpo4j has written.

Arguments: cache, repository. Prints one JSON object.
"""

import hashlib
import json
import os
import sys

from huggingface_hub import scan_cache_dir, snapshot_download, try_to_load_from_cache

cache, repo = sys.argv[1:3]
folder = snapshot_download(repo, cache_dir=cache, local_files_only=True)
files = {}
for root, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(root, name)
        with open(path, "rb") as file:
            files[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()

scan = scan_cache_dir(cache)
absent = try_to_load_from_cache(repo, "chat_template.jinja", cache_dir=cache)
print(
    json.dumps(
        {
            "folder": folder,
            "files": files,
            "warnings": [str(warning) for warning in scan.warnings],
            "repos": [
                {
                    "id": repo.repo_id,
                    "type": repo.repo_type,
                    "refs": sorted(ref for revision in repo.revisions for ref in revision.refs),
                    "commits": [revision.commit_hash for revision in repo.revisions],
                    "size": repo.size_on_disk,
                }
                for repo in sorted(scan.repos, key=lambda repo: repo.repo_id)
            ],
            "config": try_to_load_from_cache(repo, "config.json", cache_dir=cache),
            "absent_is_known": absent is not None and not isinstance(absent, str),
        }
    )
)
