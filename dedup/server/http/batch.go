package http

import (
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

type batchRequest struct {
	Claims []claimRequest `json:"claims"`
}

func (r *batchRequest) prepare(secret *dedup.Secret) (call, error) {
	if r.Claims == nil {
		return call{}, missing("claims", "an array of what /v1/claim takes")
	}
	all, err := claims(secret, r.Claims)
	if err == nil {
		err = dedup.ValidateBatch(all)
	}
	if err != nil {
		return call{}, err
	}
	return call{commands: dedup.AppendClaimBatch(nil, all), answers: len(all), body: appendResults}, nil
}

func appendResults(dst []byte, answers []server.Answer) []byte {
	return append(appendAnswers(append(dst, `{"results":`...), answers), '}')
}
