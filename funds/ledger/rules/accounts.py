"""The chart of accounts: what each account is, and which side of it each kind of transaction may touch.

A debit is positive, a credit negative. PostgreSQL holds the same table (sql/rules.sql); a test compares the two.
"""

from funds.ledger.states import AccountCode, AccountType, Kind

ACCOUNT_TYPES: dict[AccountCode, AccountType] = {
    AccountCode.STRIPE: AccountType.ASSET,
    AccountCode.BANK: AccountType.ASSET,
    AccountCode.CASH: AccountType.ASSET,
    AccountCode.TRANSIT: AccountType.ASSET,
    AccountCode.GIFTS: AccountType.INCOME,
    AccountCode.MOVED: AccountType.INCOME,
    AccountCode.FEES: AccountType.EXPENSE,
    AccountCode.SPENDING: AccountType.EXPENSE,
    AccountCode.SUSPENSE: AccountType.LIABILITY,
    # What was refunded after it had been spent: a hole in the fund that everybody sees until it is covered.
    AccountCode.SHORTFALL: AccountType.EQUITY,
    AccountCode.TRADING: AccountType.EQUITY,
    AccountCode.OPENING: AccountType.EQUITY,
}
MONEY = frozenset({AccountCode.STRIPE, AccountCode.BANK, AccountCode.CASH})
# Money that is not there cannot be paid out. The processor's account may owe us for a while after a dispute.
NEVER_NEGATIVE = frozenset({AccountCode.BANK, AccountCode.CASH, AccountCode.SHORTFALL})
# Accounts whose lines say what is left for a purpose: gifts and what was moved to it, less fees and spending.
AVAILABLE = frozenset(
    {AccountCode.GIFTS, AccountCode.MOVED, AccountCode.FEES, AccountCode.SPENDING, AccountCode.OPENING}
)

# What a purpose has, and what is missing where it was spent before it had to be given back.
_PURPOSE = frozenset({AccountCode.MOVED, AccountCode.SHORTFALL})
_RETURNED = frozenset({AccountCode.GIFTS, AccountCode.SHORTFALL, AccountCode.MOVED})
_PROCESSOR = frozenset({AccountCode.STRIPE, AccountCode.TRANSIT})
_NONE: frozenset[AccountCode] = frozenset()
# kind -> (accounts it may debit, accounts it may credit). A reversal mirrors what it undoes, whatever that was.
SIDES: dict[Kind, tuple[frozenset[AccountCode], frozenset[AccountCode]]] = {
    Kind.GIFT: (MONEY, frozenset({AccountCode.GIFTS})),
    # What was kept on the way. A fee that is given back goes the other way.
    Kind.FEE: (frozenset({AccountCode.FEES, AccountCode.STRIPE}), _PROCESSOR | {AccountCode.FEES}),
    # As the processor tells it: a fund that owes more than it received has a negative share of a transfer.
    Kind.SENT: (_PROCESSOR, _PROCESSOR),
    Kind.PAYOUT: (frozenset({AccountCode.BANK}), _PROCESSOR),
    Kind.DEPOSIT: (frozenset({AccountCode.BANK}), frozenset({AccountCode.CASH})),
    Kind.PAYMENT: (frozenset({AccountCode.SPENDING}), frozenset({AccountCode.BANK, AccountCode.CASH})),
    # Given back in the currency of the gift, taken in the currency that the processor holds: what was moved joins them.
    Kind.REFUND: (_RETURNED, MONEY | {AccountCode.MOVED}),
    Kind.REFUND_FAILED: (MONEY | {AccountCode.MOVED}, _RETURNED),
    Kind.DISPUTE: (_RETURNED | {AccountCode.FEES}, frozenset({AccountCode.STRIPE, AccountCode.MOVED})),
    Kind.DISPUTE_WON: (frozenset({AccountCode.STRIPE, AccountCode.MOVED}), _RETURNED | {AccountCode.FEES}),
    Kind.EXCHANGE: (
        MONEY | {AccountCode.TRANSIT, AccountCode.TRADING} | _PURPOSE,
        MONEY | {AccountCode.TRANSIT, AccountCode.TRADING, AccountCode.MOVED},
    ),
    Kind.REDESIGNATION: (frozenset({AccountCode.MOVED}), frozenset({AccountCode.MOVED})),
    Kind.SUSPENSE: (MONEY | {AccountCode.SUSPENSE}, MONEY | {AccountCode.SUSPENSE}),
    Kind.CLEARING: (
        frozenset({AccountCode.SUSPENSE, AccountCode.FEES}),
        frozenset({AccountCode.SUSPENSE, AccountCode.GIFTS, AccountCode.SHORTFALL, AccountCode.TRANSIT}),
    ),
    Kind.COVER: (frozenset({AccountCode.MOVED}), frozenset({AccountCode.SHORTFALL})),
    Kind.REVERSAL: (_NONE, _NONE),
    Kind.OPENING: (MONEY, frozenset({AccountCode.OPENING})),
}
