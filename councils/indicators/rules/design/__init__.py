"""Design-based survey statistics for any sample: one clear way in for people who know R's package survey.

    design = survey_design(weights=w, strata=stratum, clusters=[school, class_], population=[schools, classes])
    design = post_stratify(design=design, groups=sex, totals={"f": 5200, "m": 4800})
    found = mean(design=design, values=income, domain=age < 30, deff=Deff.FINITE)
    found.values, found.se, found.df, found.limits()

A design holds weights, and for every stage its strata, units and finite populations; an estimate is a total, mean,
ratio, share or quantile, for everybody or for a domain (the whole design is kept, so strata without members of the
domain still count). Variances are linearised (Taylor): the influence of every answer is summed over sampling units,
within strata, stage by stage; calibration is credited by taking residuals. Left out: samples drawn with unequal
probabilities without replacement and replicate weights.

| here | R's survey 4.1-1 |
|---|---|
| `survey_design(..., lonely=)` | `svydesign`, `options(survey.lonely.psu=)` |
| `post_stratify`, `rake`, `calibrate`, `trim` | `postStratify`, `rake`, `calibrate`, `trimWeights` |
| `total`, `mean`, `ratio`, `by`, `contrast` | `svytotal`, `svymean`, `svyratio`, `svyby`, linear `svycontrast` |
| `proportion(method=)` | `svyciprop` |
| `quantile(rule=, interval=)` | `svyquantile` |
| `degrees_of_freedom`, `kish_effect` | `degf`, `1 + cv(weights)^2` |

The tests hold its printed answers and, digit for digit, those of the package itself. This package must never see a
clock, a file or the database, and never guess a stratum's variance from one unit unless it is told how.
"""

from councils.indicators.rules.design.adjust import Distance, calibrate, post_stratify, rake, trim
from councils.indicators.rules.design.estimators import (
    Deff,
    SurveyEstimate,
    by,
    contrast,
    kish_effect,
    mean,
    ratio,
    total,
)
from councils.indicators.rules.design.limits import Method, Proportion, proportion
from councils.indicators.rules.design.plan import Design, DesignError, Lonely, survey_design
from councils.indicators.rules.design.quantiles import Quantile, Rule, quantile
from councils.indicators.rules.design.variance import covariance, degrees_of_freedom

__all__ = [
    "Deff",
    "Design",
    "DesignError",
    "Distance",
    "Lonely",
    "Method",
    "Proportion",
    "Quantile",
    "Rule",
    "SurveyEstimate",
    "by",
    "calibrate",
    "contrast",
    "covariance",
    "degrees_of_freedom",
    "kish_effect",
    "mean",
    "post_stratify",
    "proportion",
    "quantile",
    "rake",
    "ratio",
    "survey_design",
    "total",
    "trim",
]
