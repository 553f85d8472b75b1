# SPDX-License-Identifier: Apache-2.0
"""Hyperparameters and texts of event files, as TensorBoard's own code reads them.

Usage: python read_hparams.py FOLDER
"""

import glob
import json
import os
import sys

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams import metadata, plugin_data_pb2
from tensorboard.util import tensor_util

keys, types, metrics, texts, status = {}, {}, [], {}, None
for path in sorted(glob.glob(os.path.join(sys.argv[1], "events.out.tfevents.*"))):
    for event in EventFileLoader(path).Load():
        for value in event.summary.value:
            plugin = value.metadata.plugin_data
            if plugin.plugin_name == "text":
                texts[value.tag] = [t.decode() for t in tensor_util.make_ndarray(value.tensor).flatten()]
            if plugin.plugin_name != metadata.PLUGIN_NAME:
                continue
            data = plugin_data_pb2.HParamsPluginData.FromString(plugin.content)
            if value.tag == metadata.EXPERIMENT_TAG:
                types = {info.name: info.type for info in data.experiment.hparam_infos}
                metrics = [info.name.tag for info in data.experiment.metric_infos]
            elif value.tag == metadata.SESSION_START_INFO_TAG:
                for name, held in data.session_start_info.hparams.items():
                    keys[name] = getattr(held, held.WhichOneof("kind"))
            elif value.tag == metadata.SESSION_END_INFO_TAG:
                status = data.session_end_info.status
print(json.dumps({"keys": keys, "types": types, "metrics": metrics, "texts": texts, "status": status}))
