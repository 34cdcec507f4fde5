"""The tables of the records, one module a subject; all of them hang on `nms.store.records.metadata`."""
