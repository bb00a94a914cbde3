"""Runs a notebook by a real Jupyter client, and prints its cells' outputs, and what it was told, as JSON.

    run_notebook.py NOTEBOOK FOLDER
"""

import json
import sys

import nbformat
from nbclient import NotebookClient


class Client(NotebookClient):
    """Also counts the messages by which a display is replaced: in the outputs one cannot see them."""

    updates = 0

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "update_display_data":
            self.updates += 1
        return super().process_message(msg, cell, cell_index)


notebook = nbformat.read(sys.argv[1], 4)
client = Client(notebook, timeout=120, kernel_name="deno", resources={"metadata": {"path": sys.argv[2]}})
client.execute()
cells = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
print(json.dumps({"cells": cells, "updates": client.updates}))
