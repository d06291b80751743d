package kirimdoku

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gajian/batch"
	"gajian/ledger"
)

// Balance asks what the deposit holds.
func (c *Client) Balance(ctx context.Context) (batch.Funds, error) {
	a, failure := c.ask(ctx, balanceCall, "", encode(balanceRequest{
		PartnerReferenceNo: newExternalID(time.Now()), // of this question; nobody asks for it again
		AccountNo:          c.config.AccountNo,
	}))
	if failure != nil {
		return batch.Funds{}, failure
	}
	funds, err := c.readFunds(a)
	if err != nil {
		return batch.Funds{}, unreadable(balanceCall, a.code, err)
	}
	return funds, nil
}

// readFunds reads the balance. DOKU shows accountInfos as an object, the standard as an array,
// of which the first element counts. An answer that names an account has to name ours.
func (c *Client) readFunds(a *answer) (batch.Funds, error) {
	if account := a.echo("accountNo", c.config.AccountNo); account != "" && account != c.config.AccountNo {
		return batch.Funds{}, errors.New("it is about another account")
	}
	infos := a.object.object("accountInfos")
	available, err := availableIn(infos)
	if err != nil {
		return batch.Funds{}, err
	}
	held, err := infos.amount("holdAmount")
	return batch.Funds{Available: available, Held: held}, err
}

// availableIn reads the available balance under DOKU's spelling or the right one. Two that
// differ are worse than none.
func availableIn(infos object) (ledger.Sen, error) {
	var found []ledger.Sen
	for _, name := range []string{"avaliableBalance", "availableBalance"} {
		if !infos.hasAmount(name) {
			continue
		}
		available, err := infos.amount(name)
		if err != nil {
			return 0, err
		}
		found = append(found, available)
	}
	switch {
	case len(found) == 0:
		return 0, errors.New("there is no available balance in it")
	case len(found) == 2 && found[0] != found[1]:
		return 0, fmt.Errorf("it names two available balances, %v and %v", found[0], found[1])
	}
	return found[0], nil
}
