"""Parameters of a problem for ConfigSpace, as SMAC and DEHB take them."""


def configuration_space(parameters, seed, has_conditions):
    """Parameters, and with `has_conditions` under which values of others they have an effect."""
    from ConfigSpace import Categorical, ConfigurationSpace, Float, InCondition, Integer

    space, found = ConfigurationSpace(seed=seed), {}
    for p in parameters:
        if p.kind == "cat":
            found[p.name] = Categorical(p.name, list(p.choices))
        elif p.kind == "int":
            found[p.name] = Integer(p.name, (int(p.low), int(p.high)), log=p.log)
        else:
            found[p.name] = Float(p.name, (float(p.low), float(p.high)), log=p.log)
    space.add(list(found.values()))
    for p in parameters:
        if has_conditions and p.parent:
            space.add(InCondition(found[p.name], found[p.parent], list(p.values)))
    return space
