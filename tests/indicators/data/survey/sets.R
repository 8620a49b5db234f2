# The data sets of R's package survey with a domain, a group and a share each, as CSV: Rscript sets.R FOLDER
suppressMessages(library(survey))
data(api); data(fpc); data(mu284); data(nhanes); data(scd); data(hospital); data(crowd); data(election); data(yrbs)
folder <- commandArgs(TRUE)[1]
store <- function(name, d, dom, group, share, columns) {
  d$dom <- as.integer(dom); d$group <- group; d$share <- as.integer(share)
  write.csv(d[, c(columns, "dom", "group", "share")], file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "", quote = FALSE)
}
e <- election_pps
store("election", e, e$votes > 1e5, as.integer(e$Nader > 0), e$Bush > e$Kerry, c("Bush", "votes", "p", "wt"))
store("hospital", hospital, hospital$births > 300, hospital$oblevel, hospital$births > 500, c("hospno", "oblevel", "weighta", "tothosp", "births", "weightats"))
store("scd", scd, scd$alive > 26, scd$ambulance, scd$arrests > 200, c("ESA", "ambulance", "arrests", "alive"))
store("crowd", transform(crowd, w = weight * (1 + cluster)), crowd$rooms > 4, crowd$stratum, crowd$person > 3, c("rooms", "person", "w", "cluster", "stratum"))
store("fpc2", transform(fpc, of = 5, near = weight + psuid), fpc$psuid < 3, fpc$psuid %% 2, fpc$x > 4, c("stratid", "psuid", "weight", "Nh", "of", "x", "near"))
store("mu284b", transform(mu284, w = 10 * n2 / 3, near = id2 + 1), mu284$id2 < 3, mu284$id1 %% 2, mu284$y1 > 45, c("id1", "n1", "id2", "n2", "y1", "w", "near"))
a <- apistrat
store("strat2", transform(a, dnum = dnum %% 60), a$api99 < 600, a$awards, a$sch.wide == "Yes", c("stype", "dnum", "pw", "fpc", "api00", "api99", "meals"))
a <- transform(apiclus2, half = dnum %% 2); a$of <- ifelse(a$half == 0, 300, 457)
store("clus2s", a, a$api99 < 600, a$stype, a$sch.wide == "Yes", c("dnum", "snum", "half", "of", "fpc2", "api00", "api99"))
# Too large to be kept here: only for a comparison with R itself.
n <- transform(nhanes, near = as.integer(agecat) + RIAGENDR / 2); n$high <- ifelse(is.na(n$HI_CHOL), 0, n$HI_CHOL)
store("nhanes", n, !is.na(n$HI_CHOL) & n$RIAGENDR == 2, n$race, n$high, c("SDMVPSU", "SDMVSTRA", "WTMEC2YR", "near", "race"))
y <- yrbs; y$number <- seq_len(nrow(y)) %% 7 + 1; y$score <- ifelse(is.na(y$qn8), 0, y$qn8 * 2) + y$number^2 / 4
store("yrbs", y, !is.na(y$qn8), y$number %% 3, !is.na(y$qn8) & y$qn8 == 1, c("weight", "stratum", "psu", "score", "number"))
