# SPDX-License-Identifier: Apache-2.0
"""The scalars of event files, as TensorBoard's own loader reads them, one list of lines a file.

Usage: python read_events.py FOLDER
"""

import glob
import json
import os
import sys

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

events = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "events.out.tfevents.*"))):
    for event in EventFileLoader(path).Load():
        for value in event.summary.value:
            number = float(tensor_util.make_ndarray(value.tensor))
            events.append({"step": event.step, "tag": value.tag, "value": number})
print(json.dumps(events))
