import "berkeley/sync";
