package simulator

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// contentFaults are answers that say something else than they should, or say it badly.
var contentFaults = slices.Concat(
	inBothForms("bom", everywhere, 0, "a byte order mark before the JSON", mangled(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) })),
	inBothForms("invalid-utf8", everywhere, 0, "a byte that is no UTF-8 in the message", mangled(func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"responseMessage":"`), []byte("\"responseMessage\":\"\xff"), 1)
	})),
	inBothForms("duplicate-key", everywhere, 0, "responseCode twice, first the right one, then 500xx00", mangled(func(b []byte) []byte {
		return append(b[:len(b)-1:len(b)-1], `,"responseCode":"5000000"}`...)
	})),
	inBothForms("deep", everywhere, 0, "a field with 100,000 arrays in one another", mangled(func(b []byte) []byte {
		return append(b[:len(b)-1:len(b)-1], `,"deep":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}"...)
	})),
	inBothForms("two-objects", everywhere, 0, "the JSON object twice, one after the other", mangled(func(b []byte) []byte { return append(b, b...) })),
	inBothForms("other-service", everywhere, 0, "a response code of service 99", edit(func(f map[string]any) {
		code := textOf(f["responseCode"])
		f["responseCode"] = code[:3] + "99" + code[5:]
	})),
	[]FaultKind{
		{"refusal-200", TookEffect, everywhere, 0, "HTTP 200 around 403xx05 Do Not Honor", refusalWithin200},
		{"refusal-200-before", DidNothing, everywhere, 0, "HTTP 200 around 403xx05 Do Not Honor", refusalWithin200},
		{"success-400", TookEffect, everywhere, 0, "HTTP 400 around the success",
			func(a *answer) *answer { return with(a, func(a *answer) { a.around = 400 }) }},
		{"success-400-before", DidNothing, everywhere, 0, "HTTP 400 around 200xx00",
			func(*answer) *answer { return with(success(told{}, nil), func(a *answer) { a.around = 400 }) }},
		{"previous-answer", TookEffect, everywhere, 0, "the answer of the call before, of the same operation", nil},
		{"previous-answer-before", DidNothing, everywhere, 0, "the answer of the call before, of the same operation", nil},
		{"accepted-lost", DidNothing, []Operation{TransferCall}, 0, "2004300, and the transfer is forgotten", nil},

		{"other-currency", TookEffect, withMoney, 0, "the amounts are in USD", edit(everyAmount(func(a map[string]any) { a["currency"] = "USD" }))},
		{"other-account", TookEffect, []Operation{BalanceCall, InquiryCall}, 0, "the answer names another account", edit(func(f map[string]any) {
			replace(f, "accountNo", "A99999")
			replace(f, "beneficiaryAccountNumber", "1230000000")
		})},
		{"other-bank", TookEffect, []Operation{InquiryCall}, 0, "the answer names another bank", edit(func(f map[string]any) { f["beneficiaryBankCode"] = "999" })},
		{"other-session", TookEffect, []Operation{TransferCall, StatusCall}, 0, "the answer names another session", edit(func(f map[string]any) {
			replace(f, "sessionId", "I9999999999999999")
			replace(info(f), "sessionId", "I9999999999999999")
		})},
		{"other-date", TookEffect, []Operation{TransferCall, StatusCall}, 0, "the answer is dated 1999", edit(func(f map[string]any) { f["transactionDate"] = "1999-12-31T23:59:59+07:00" })},
		{"no-reference", TookEffect, withAmount, 0, "the answer has no partnerReferenceNo", edit(func(f map[string]any) {
			delete(f, "partnerReferenceNo")
			delete(f, "originalPartnerReferenceNo")
		})},
		{"no-provider-reference", TookEffect, []Operation{TransferCall, StatusCall}, 0, "the answer has no referenceNo", edit(func(f map[string]any) {
			delete(f, "referenceNo")
			delete(f, "originalReferenceNo")
		})},
		{"no-session", TookEffect, []Operation{InquiryCall}, 0, "the answer has no session", edit(func(f map[string]any) {
			delete(f, "referenceNo")
			delete(f, "sessionId")
		})},
		{"no-amount", TookEffect, withMoney, 0, "the answer has no amount", edit(noAmount)},
		amountWritten("zero-amount", "the amount is 0.00", func(string) any { return "0.00" }),
		amountWritten("negative-amount", "the amount is negative", func(text string) any { return "-" + text }),
		amountWritten("plain-amount", "the amount has no decimals, which may be believed", func(text string) any { return strings.TrimSuffix(text, ".00") }),
		amountWritten("number-amount", "the amount is a number with one decimal, which may be believed", func(text string) any { return json.Number(strings.TrimSuffix(text, "0")) }),
		amountWritten("grouped-amount", "the amount is written 1,000,000.00", func(text string) any { return grouped(text) }),
		amountWritten("float-amount", "the amount is a number with an exponent", func(string) any { return json.Number("1.5e6") }),

		{"expires-zero", TookEffect, []Operation{TokenCall}, 0, "expiresIn is 0", edit(func(f map[string]any) { f["expiresIn"] = 0 })},
		{"expires-negative", TookEffect, []Operation{TokenCall}, 0, "expiresIn is -900", edit(func(f map[string]any) { f["expiresIn"] = "-900" })},
		{"expires-huge", TookEffect, []Operation{TokenCall}, 0, "expiresIn has twenty digits", edit(func(f map[string]any) { f["expiresIn"] = json.Number("99999999999999999999") })},
		{"expires-text", TookEffect, []Operation{TokenCall}, 0, "expiresIn is the text 900", edit(func(f map[string]any) { f["expiresIn"] = "900" })},
		{"no-token", TookEffect, []Operation{TokenCall}, 0, "the answer has no accessToken", edit(func(f map[string]any) { delete(f, "accessToken") })},
		{"bad-token", TookEffect, []Operation{TokenCall}, 0, "the accessToken has a line break and a header in it", edit(func(f map[string]any) { f["accessToken"] = "abc\r\nX-Evil: 1" })},

		{"balance-array", TookEffect, []Operation{BalanceCall}, 0, "accountInfos is an array, as in the standard", edit(func(f map[string]any) { f["accountInfos"] = []any{f["accountInfos"]} })},
		{"balance-spelt", TookEffect, []Operation{BalanceCall}, 0, "availableBalance is spelt right", edit(func(f map[string]any) {
			infos := f["accountInfos"].(map[string]any)
			infos["availableBalance"] = infos["avaliableBalance"]
			delete(infos, "avaliableBalance")
		})},
		{"balance-twice", TookEffect, []Operation{BalanceCall}, 0, "the balance is there in both spellings, with different amounts", edit(func(f map[string]any) {
			f["accountInfos"].(map[string]any)["availableBalance"] = map[string]any{"value": "1.00", "currency": "IDR"}
		})},

		{"status-unknown", TookEffect, []Operation{StatusCall}, 0, "latestTransactionStatus is 99", edit(func(f map[string]any) { f["latestTransactionStatus"] = "99" })},
		{"status-missing", TookEffect, []Operation{StatusCall}, 0, "there is no latestTransactionStatus", edit(func(f map[string]any) { delete(f, "latestTransactionStatus") })},
		{"status-number", TookEffect, []Operation{StatusCall}, 0, "latestTransactionStatus is a number without its leading zero, which may be believed", edit(func(f map[string]any) {
			if status, ok := f["latestTransactionStatus"].(string); ok {
				f["latestTransactionStatus"] = json.Number(strings.TrimPrefix(status, "0"))
			}
		})},
		{"status-contradiction", TookEffect, []Operation{StatusCall}, 0, "latestTransactionStatus is 00, the transfer's own code 4034305", edit(func(f map[string]any) {
			f["latestTransactionStatus"], f["originalResponseCode"] = "00", "4034305"
		})},
		saysFalsely("says-refunded", "04", "refunded"), saysFalsely("says-cancelled", "05", "cancelled"), saysFalsely("says-failed", "06", "failed"),
		{"status-failed", DidNothing, []Operation{StatusCall}, 0, "latestTransactionStatus is 06, of another transfer", func(*answer) *answer {
			return success(told{}, func(h head, t told) any {
				return statusBody{head: h, OriginalPartnerReferenceNo: "X-1", ServiceCode: wireCode{"43", t.asText}, LatestTransactionStatus: "06", Amount: rupiah(100), OriginalResponseCode: wireCode{"05", t.asText}}
			})
		}},
		{"not-found-other", DidNothing, []Operation{StatusCall}, 0, "404xx01 that names another transfer", func(*answer) *answer {
			return with(refuse(404, "01", "Transaction Not Found"), func(a *answer) {
				a.edit = func(f map[string]any) { f["originalPartnerReferenceNo"] = "X-1" }
			})
		}},
		{"not-found-paid", TookEffect, []Operation{StatusCall}, 0, "404xx01 around the rest of the answer", func(a *answer) *answer {
			return with(a, func(a *answer) { a.status, a.caseCode = 404, "01" })
		}},
	},
)

// withMoney are the operations whose answer has an amount of any kind.
var withMoney = []Operation{BalanceCall, InquiryCall, TransferCall, StatusCall}

// saysFalsely is a fault that speaks of the transfer as if no money stayed with the beneficiary.
func saysFalsely(name, status, word string) FaultKind {
	return FaultKind{name, TookEffect, []Operation{StatusCall}, 0, "latestTransactionStatus is " + status + ", " + word + ", which it is not", edit(func(f map[string]any) {
		replace(f, "latestTransactionStatus", status)
	})}
}

func refusalWithin200(*answer) *answer {
	return with(refuse(403, "05", "Do Not Honor"), func(a *answer) { a.around = 200 })
}

func mangled(mangle func([]byte) []byte) func(*answer) *answer {
	return func(a *answer) *answer { return with(a, func(a *answer) { a.mangle = mangle }) }
}

func edit(change func(map[string]any)) func(*answer) *answer {
	return func(a *answer) *answer { return with(a, func(a *answer) { a.edit = change }) }
}

// amountWritten is a fault that writes the amount in another way.
func amountWritten(name, text string, rewrite func(string) any) FaultKind {
	return FaultKind{name, TookEffect, withMoney, 0, text, edit(everyAmount(func(amount map[string]any) {
		amount["value"] = rewrite(textOf(amount["value"]))
	}))}
}

// everyAmount changes the amounts of an answer. A transfer's, which is plain text, becomes an
// object when it has got another currency, and what its value has become otherwise.
func everyAmount(change func(map[string]any)) func(map[string]any) {
	return func(fields map[string]any) {
		for name, value := range fields {
			inner, ok := value.(map[string]any)
			switch {
			case ok && inner["value"] != nil:
				change(inner)
			case ok:
				everyAmount(change)(inner)
			case name == "amount":
				amount := rupiahObject(value)
				change(amount)
				fields[name] = amount["value"]
				if amount["currency"] != "IDR" {
					fields[name] = amount
				}
			}
		}
	}
}

func rupiahObject(value any) map[string]any { return map[string]any{"value": value, "currency": "IDR"} }

func noAmount(fields map[string]any) {
	delete(fields, "amount")
	delete(info(fields), "amount")
	delete(fields, "accountInfos")
}

func info(fields map[string]any) map[string]any {
	more, _ := fields["additionalInfo"].(map[string]any)
	return more
}

// replace changes a field that is there.
func replace(fields map[string]any, name, value string) {
	if fields[name] != nil {
		fields[name] = value
	}
}

func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// grouped writes 1500000.00 as 1,500,000.00.
func grouped(text string) string {
	whole, cents, _ := strings.Cut(text, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole + "." + cents
}
