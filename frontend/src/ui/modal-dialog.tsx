import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { t } from '../i18n/t.ts';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  isAlert?: boolean;
}

/** A window above the page that keeps the focus until it is closed. */
export function ModalDialog({ title, onClose, children, isAlert = false }: Props) {
  return (
    <ModalOverlay className="modal-overlay" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="modal">
        <Dialog className="dialog" role={isAlert ? 'alertdialog' : 'dialog'}>
          <Heading slot="title">{title}</Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog(props: {
  title: string;
  text: string;
  action: string;
  isBusy: boolean;
  error: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <ModalDialog title={props.title} onClose={props.onClose} isAlert>
      <p>{props.text}</p>
      {props.error}
      <div className="actions actions-end">
        <button type="button" className="button" autoFocus onClick={props.onClose}>
          {t('action.keep')}
        </button>
        <button type="button" className="button button-danger" disabled={props.isBusy} onClick={props.onConfirm}>
          {props.action}
        </button>
      </div>
    </ModalDialog>
  );
}
