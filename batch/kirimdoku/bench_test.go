package kirimdoku_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"gajian/batch/kirimdoku"
)

// BenchmarkTransfer prepares and sends transfers over loopback, one after the other and four at a time.
func BenchmarkTransfer(b *testing.B) {
	for _, scheme := range []string{"http", "https"} {
		b.Run(scheme, func(b *testing.B) {
			client := benchmarkClient(b, scheme)
			for b.Loop() {
				transferOnce(b, client)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transfers/s")
		})
		b.Run(scheme+"-4", func(b *testing.B) {
			client := benchmarkClient(b, scheme)
			b.SetParallelism(2)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					transferOnce(b, client)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transfers/s")
		})
	}
}

func benchmarkClient(b *testing.B, scheme string) *kirimdoku.Client {
	d := &doku{answers: answersOfTheSamples()}
	d.answers[tokenPath] = d.giveToken
	server := httptest.NewUnstartedServer(d)
	b.Cleanup(server.Close)
	roots := x509.NewCertPool()
	if scheme == "https" {
		server.StartTLS()
		roots.AddCert(server.Certificate())
	} else {
		server.Start()
	}
	client, err := kirimdoku.New(newConfig(server.URL, &gate{}))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	client.TrustRoots(&tls.Config{RootCAs: roots})
	return client
}

func transferOnce(b *testing.B, client *kirimdoku.Client) {
	if err := operate(b.Context(), client, kirimdoku.TransferCall); err != nil {
		b.Fatal(err)
	}
}
