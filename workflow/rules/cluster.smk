# Takes: embeddings of the samples of a dataset, its records.
# Makes: clusters of them, their names where keys are known, and scores.


wildcard_constraints:
    space=any_of(re.escape(name) for name in layout.cluster.names),
