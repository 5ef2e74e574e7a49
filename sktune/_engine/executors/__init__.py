"""Where folds run: in the calling thread, in any backend of joblib, or on a cluster."""
