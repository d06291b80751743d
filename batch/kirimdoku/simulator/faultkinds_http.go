package simulator

import (
	"net/http"
	"slices"
	"time"
)

// throttleFaults are refusals that ask for a pause, in all the ways in which that can be written.
var throttleFaults = []FaultKind{
	throttle("429-date", "429xx00, Retry-After is a date 30 s ahead", func(now time.Time) string { return httpDate(now.Add(30 * time.Second)) }),
	throttle("429-past", "429xx00, Retry-After is a date an hour ago", func(now time.Time) string { return httpDate(now.Add(-time.Hour)) }),
	throttle("429-huge", "429xx00, Retry-After is 1000000000", func(time.Time) string { return "1000000000" }),
	throttle("429-overflow", "429xx00, Retry-After has thirty digits", func(time.Time) string { return "999999999999999999999999999999" }),
	throttle("429-negative", "429xx00, Retry-After is -5", func(time.Time) string { return "-5" }),
	throttle("429-garbage", "429xx00, Retry-After is 1e9 soon", func(time.Time) string { return "1e9 soon" }),
	{"429-html", DidNothing, everywhere, 0, "429 with an HTML page",
		func(*answer) *answer { return &answer{status: 429, page: htmlPage} }},
	{"429-after", TookEffect, everywhere, 0, "429xx00 although the call was processed, which no contract allows",
		func(*answer) *answer { return tooMany() }},
	{"401-after", TookEffect, everywhere, 0, "401xx01 (401xx00 on a token call) although the call was processed, which no contract allows",
		func(*answer) *answer { return tokenInvalid() }},
	{"503-before", DidNothing, everywhere, 0, "503xx00 with Retry-After 120",
		func(*answer) *answer { return unavailable() }},
	{"503-after", TookEffect, everywhere, 0, "503xx00 with Retry-After 120",
		func(*answer) *answer { return unavailable() }},
}

func throttle(name, text string, retryAfter func(now time.Time) string) FaultKind {
	return FaultKind{name, DidNothing, everywhere, 0, text, func(*answer) *answer {
		a := refuse(429, "00", "Too Many Requests")
		a.header = http.Header{"Retry-After": {retryAfter(time.Now())}}
		return a
	}}
}

func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

func unavailable() *answer {
	a := refuse(503, "00", "Service Unavailable")
	a.header = http.Header{"Retry-After": {"120"}}
	return a
}

// elsewhere is a host that does not exist [RFC 6761]. Who follows a redirect to it gives his
// credentials away.
const elsewhere = "https://elsewhere.invalid/snap/v1.1/emoney/transfer-bank"

// redirectFaults lead away, with every status that net/http's client would follow.
var redirectFaults = slices.Concat([]FaultKind{
	redirect("redirect", DidNothing, http.StatusTemporaryRedirect, redirectPath),
	redirect("redirect-301", DidNothing, http.StatusMovedPermanently, redirectPath),
	redirect("redirect-302", DidNothing, http.StatusFound, redirectPath),
	redirect("redirect-303", DidNothing, http.StatusSeeOther, redirectPath),
	redirect("redirect-308", DidNothing, http.StatusPermanentRedirect, redirectPath),
	redirect("redirect-host", DidNothing, http.StatusTemporaryRedirect, elsewhere),
	redirect("redirect-login", DidNothing, http.StatusPermanentRedirect, "https://user:secret@elsewhere.invalid/"),
	redirect("redirect-after", TookEffect, http.StatusTemporaryRedirect, redirectPath),
}, inBothForms("redirect-json", everywhere, 0, "302 around the JSON of the answer", func(a *answer) *answer {
	return with(a, func(a *answer) { a.around, a.header = http.StatusFound, http.Header{"Location": {redirectPath}} })
}))

func redirect(name string, effect Effect, status int, location string) FaultKind {
	return FaultKind{name, effect, everywhere, 0, http.StatusText(status) + " to " + map[bool]string{true: "a path that records whoever follows", false: "another host"}[location == redirectPath],
		func(*answer) *answer {
			return &answer{status: status, empty: true, header: http.Header{"Location": {location}}}
		}}
}
