package simulator_test

import (
	"fmt"
	"testing"
	"time"

	"gajian/batch/kirimdoku/simulator"
)

func TestAPayoutFromBalanceToSettled(t *testing.T) {
	for _, prefix := range []string{"/snap/v1.1", "/v1.0"} {
		for _, codes := range []simulator.CodeForm{simulator.CodesAsNumbers, simulator.CodesAsText, simulator.CodesMixed} {
			t.Run(fmt.Sprint(prefix, " codes ", codes), func(t *testing.T) {
				settings := config()
				settings.Codes = codes
				inBubble(t, settings, func(t *testing.T, c *client) {
					c.prefix = prefix
					payOne(t, c)
				})
			})
		}
	}
}

func payOne(t *testing.T, c *client) {
	balance := c.balance()
	c.wantCode("balance", balance, "2001100")
	if got := balance.text("accountInfos.avaliableBalance.value"); got != "10000000.00" {
		t.Errorf("available balance: got %q", got)
	}
	inquiry := c.inquire(ordinary("REF-1"))
	c.wantCode("inquiry", inquiry, "2004200")
	for path, want := range map[string]string{
		"partnerReferenceNo": "REF-1", "beneficiaryAccountName": "FHILEA HERMANUS", "beneficiaryBankCode": "014",
		"amount.value": "200000.00", "additionalInfo.feeAmount": "4500.00", "additionalInfo.beneficiaryAmount": "200000.00",
		"referenceNo": inquiry.text("sessionId"),
	} {
		if got := inquiry.text(path); got != want {
			t.Errorf("inquiry: %s is %q, want %q", path, got, want)
		}
	}
	transfer := c.transfer(ordinary("REF-1"), inquiry.text("sessionId"))
	c.wantCode("transfer", transfer, "2004300")
	if got := transfer.text("additionalInfo.amount"); got != "200000.00" {
		t.Errorf("transfer: the amount is %q, want plain text", got)
	}
	status := c.status("REF-1")
	for path, want := range map[string]string{
		"latestTransactionStatus": "00", "originalPartnerReferenceNo": "REF-1", "amount.value": "200000.00",
		"originalReferenceNo": transfer.text("referenceNo"), "sessionId": inquiry.text("sessionId"), "serviceCode": "43",
		"additionalInfo.remark": "Gaji & Bonus <Juni>",
	} {
		if got := status.text(path); got != want {
			t.Errorf("status: %s is %q, want %q", path, got, want)
		}
	}
	c.wantDebits(1, opening-200_000*rp-fee)
	c.wantViolation("")
	debit := c.sim.Book()[0]
	if debit.State != simulator.Paid || debit.Requests != 1 || debit.Reference != "REF-1" || debit.ProviderReference != transfer.text("referenceNo") {
		t.Errorf("debit %+v", debit)
	}
}

func TestAnOrdinaryTransferStaysPendingAsLongAsConfigured(t *testing.T) {
	settings := config()
	settings.SettleAfter = time.Minute
	inBubble(t, settings, func(t *testing.T, c *client) {
		c.pay(ordinary("REF-1"))
		c.wantStatus("REF-1", "03")
		time.Sleep(59 * time.Second)
		c.wantStatus("REF-1", "03")
		time.Sleep(time.Second)
		c.wantStatus("REF-1", "00")
		if debit := c.sim.Book()[0]; debit.Changed.Sub(debit.Taken) != time.Minute {
			t.Errorf("paid after %v, want a minute", debit.Changed.Sub(debit.Taken))
		}
	})
}
