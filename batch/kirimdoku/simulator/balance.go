package simulator

import "time"

type balanceBody struct {
	head
	AccountNo      string      `json:"accountNo"`
	Name           string      `json:"name"`
	AccountInfos   accountInfo `json:"accountInfos"` // one object; the standard has an array
	AdditionalInfo balanceMore `json:"additionalInfo"`
}

type accountInfo struct {
	HoldAmount       money `json:"holdAmount"`
	AvailableBalance money `json:"avaliableBalance"` // misspelt by the provider
}

type balanceMore struct {
	CreditAlertLimit money `json:"creditAlertLimit"`
}

// creditAlertLimit is the sample's, Rp 65,000.
const creditAlertLimit = 6_500_000

// askBalance answers what the deposit holds.
func (s *Simulator) askBalance(c *call, _ time.Time) *answer {
	account := c.fields["accountNo"]
	if account != s.config.AccountNo {
		return refuse(404, "08", "Invalid Merchant")
	}
	available := rupiah(s.book.available)
	return success(told{}, func(h head, _ told) any {
		return balanceBody{h, account, "Simulator Indo Agent", accountInfo{rupiah(0), available},
			balanceMore{rupiah(creditAlertLimit)}}
	})
}
