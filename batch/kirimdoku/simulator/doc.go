// Package simulator is Kirim DOKU as an http.Handler: a deposit, bank accounts, seeded faults and
// its own book of debits. It is the judge of every end-to-end test: what stands in its book moved,
// whatever the client believes.
//
// [New] makes one from a [Config]; [Simulator.Transport] lets a client call it without a network,
// [Simulator.ServeHTTP] serves it on a port. Afterwards [Simulator.Book] is compared with the
// ledger, and [Simulator.Violations] has to be empty.
//
// The package shares no code and no types with the client, so that a mistake in one cannot be
// cancelled by the same mistake in the other. It checks every rule itself: method, path, headers,
// timestamps, signatures, the form of the body, the limits of every field, the life of tokens and
// of inquiry sessions. What breaks a rule is refused and recorded as a [Violation]; some breaches
// that the provider would not notice (a field it does not document) are recorded only. A token or
// session that has merely grown old, too little money, and calling too fast are refused and are no
// violations: they happen to a client that does everything right.
//
// It answers under both generations of the paths, /snap/v1.1 and /v1.0, in the forms of the
// provider's published samples, oddities included: avaliableBalance, accountInfos as an object,
// codes as JSON numbers, a transfer's amount as plain text, a blank inside a date.
//
// # Accounts that behave in a special way
//
// [Triggers] returns this table. The first three rows are those of the provider's sandbox, the
// others are ours: numbers that start with 99900000, whose last two digits choose what happens.
//
//	containing 12345, bank 002    unpaid (status 03), then failed (06): amount and fee come back
//	containing 12345, other bank  unpaid (status 03), then paid (00)
//	7746555134                    paid, then refunded (04): the amount comes back, the fee does not
//	99900000…01                   the bank does not know the account (inquiry: 4044211)
//	99900000…02                   the account is inactive (inquiry: 4034218)
//	99900000…03                   the account belongs to SUHUT, whatever name is asked for
//	99900000…04                   the transfer is refused at once (4034305)
//	99900000…05                   the transfer is accepted, then fails: amount and fee come back
//	99900000…06                   the transfer stays pending for ever
//	99900000…07                   the answer to a transfer is always lost; the money moved
//	99900000…08                   the first transfer request of a reference is lost; nothing moved
//
// [Config.Accounts] gives any other account one of these behaviours, or another holder.
//
// # Faults
//
// [ParseFaults] reads a specification such as
//
//	transfer:lose-response=10%,inquiry:slow/3s=1%,token:401@3
//
// and [FaultKinds] lists what there is. Every fault exists in two forms where both can happen: the
// call did nothing, or it took effect and only its answer suffered.
//
// # What it does not do
//
// It sends no notifications, knows no rails, hours or holidays, and keeps nothing on disk.
package simulator
