# What R's package survey 4.1-1 says of every design of a table (battery.csv) whose data lie in a folder:
# Rscript battery.R TABLE FOLDER > answers (case, values by ";"; what R refuses is left out). See test_batteries.py.
suppressMessages(library(survey))
given <- commandArgs(TRUE); table <- read.csv(given[1], colClasses = "character")
say <- function(case, make) {
  v <- tryCatch(suppressWarnings(make()), error = function(e) NULL)
  if (!is.null(v)) cat(case, ",", paste(format(as.numeric(v), digits = 12, trim = TRUE), collapse = ";"), "\n", sep = "")
}
both <- function(s) c(as.numeric(coef(s)), as.numeric(SE(s)))
f <- function(...) { words <- paste0(...); if (words == "") NULL else as.formula(paste0("~", words)) }
totals <- function(d, column, by) { t <- aggregate(d$w_, list(d[[column]]), sum); names(t) <- c(column, "Freq"); t$Freq <- t$Freq * by[seq_len(nrow(t))]; t }
cat("case,values\n")
for (row in seq_len(nrow(table))) {
  t <- table[row, ]; data <- read.csv(file.path(given[2], paste0(t$data, ".csv"))); options(survey.lonely.psu = t$lonely)
  ids <- if (t$clusters == "") "1" else t$clusters; y <- f(t$y); x <- f(t$x); large <- t$large == "1"
  pps <- if (t$population == "p") "brewer" else FALSE
  d <- tryCatch(svydesign(id = f(ids), strata = f(t$strata), fpc = f(t$population), weights = f(t$weights), nest = t$nest == "1", data = data, pps = pps), error = function(e) NULL)
  if (is.null(d)) next
  data$w_ <- weights(d)
  check <- function(n, d) {
    s <- function(k, make) say(paste0(t$name, "_", n, k), make); part <- subset(d, dom == 1)
    s("mean", function() both(svymean(y, d))); s("total", function() both(svytotal(y, d))); s("ratio", function() both(svyratio(y, x, d)))
    s("dom_mean", function() both(svymean(y, part))); s("dom_total", function() both(svytotal(y, part))); s("dom_ratio", function() both(svyratio(y, x, part)))
    s("by", function() both(svyby(y, ~group, d, svymean))); s("degf", function() c(degf(d), degf(part)))
    s("covariance", function() vcov(svymean(f(t$y, "+", t$x), d)))
    s("deff", function() c(deff(svymean(y, d, deff = TRUE)), deff(svytotal(y, d, deff = TRUE)), deff(svymean(y, d, deff = "replace"))))
    s("dom_deff", function() c(deff(svymean(y, part, deff = TRUE)), deff(svytotal(y, part, deff = TRUE)), deff(svymean(y, part, deff = "replace"))))
    for (how in c("asin", "beta", "mean", "xlogit", if (large) "likelihood")) {
      s(paste0("share_", how), function() { p <- svyciprop(~share, d, method = how, level = .9); c(coef(p), attr(p, "ci")) })
      s(paste0("dom_share_", how), function() { p <- svyciprop(~share, part, method = how); c(coef(p), attr(p, "ci")) })
    }
    if (large) for (how in c("math", "school", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")) {
      s(paste0("quantiles_", how), function() t(svyquantile(y, d, c(.2, .5, .8), qrule = how)[[1]]))
      s(paste0("dom_median_", how), function() svyquantile(y, part, .5, qrule = how)[[1]])
    }
    if (large) for (how in c("beta", "xlogit", "asin")) s(paste0("dom_median_", how), function() svyquantile(y, part, .5, interval.type = how)[[1]])
  }
  check("", d)
  tight <- list(maxit = 1000, epsilon = 1e-11)
  e <- tryCatch(postStratify(d, ~group, totals(data, "group", rep(c(1.3, .8, 1.1), 9))), error = function(e) NULL); if (!is.null(e)) check("post_", e)
  known <- c(sum(data$w_) * 1.1, sum(data$w_ * data[[t$x]]) * 1.15); names(known) <- c("(Intercept)", t$x)
  e <- tryCatch(calibrate(d, x, known), error = function(e) NULL); if (!is.null(e)) check("greg_", e)
  one <- totals(data, "group", rep(1.1, 99)); two <- totals(data, "share", c(1.05, 1.1)); two$Freq <- two$Freq * sum(one$Freq) / sum(two$Freq)
  e <- tryCatch(rake(d, list(~group, ~share), list(one, two), control = tight), warning = function(w) NULL, error = function(e) NULL); if (!is.null(e)) check("rake_", e)
  cut <- sort(data$w_)[ceiling(nrow(data) * c(.2, .8))]
  e <- tryCatch(trimWeights(d, lower = cut[1] * .9, upper = cut[2] * 1.01), error = function(e) NULL); if (!is.null(e)) check("trim_", e)
}
